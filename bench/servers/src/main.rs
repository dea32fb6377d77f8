//! Servers over loopback: the adapters beside their peers and beside what their runtime costs without any HTTP.

mod arguments;
mod callgrind;
mod client;
mod contestants;
mod idle;
mod load;
mod median;
mod process;
mod report;
mod scenario;
mod strace;
mod suite;

use std::process::ExitCode;

use arguments::Arguments;
use suite::Suite;

type Error = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(help) => {
            eprintln!("{help}");
            return ExitCode::from(2);
        }
    };
    match Suite::prepare(&arguments) {
        Ok(mut suite) => {
            suite.run();
            report::print(&suite);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("servers: {error}");
            ExitCode::FAILURE
        }
    }
}
