//! The program `basehttp`: a directory served over HTTP.

mod args;
mod listeners;
mod problem;
mod serve;
mod server;
mod tls;

use std::io::Write as _;
use std::process::ExitCode;

use args::Parsed;

fn main() -> ExitCode {
    let outcome = match args::parse(std::env::args_os()) {
        Ok(Parsed::Run(options)) => serve::run(&options),
        Ok(Parsed::Show(text)) => serve::print(&text),
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            // Where the line cannot be written, the exit status still tells.
            let _ = writeln!(std::io::stderr(), "basehttp: {problem}");
            problem.exit_code()
        }
    }
}
