//! The program `basehttp`: a directory served over HTTP.

mod args;
mod listeners;
mod problem;
mod serve;

use std::process::ExitCode;

use args::Parsed;

fn main() -> ExitCode {
    let outcome = match args::parse(std::env::args_os()) {
        Ok(Parsed::Run(options)) => serve::run(&options),
        Ok(Parsed::Show(text)) => {
            print!("{text}");
            Ok(())
        }
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("basehttp: {problem}");
            problem.exit_code()
        }
    }
}
