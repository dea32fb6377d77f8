//! The floor of blocking sockets: a thread for each connection.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use basehttp_bench_servers::address;
use basehttp_bench_servers::floor::{Answers, Counter};

fn main() -> io::Result<()> {
    let answers = Answers::of_scenario();
    let listener = TcpListener::bind(address())?;
    loop {
        let (stream, _) = listener.accept()?;
        let counter = Counter::new(&answers);
        thread::spawn(move || serve(stream, counter));
    }
}

fn serve(mut stream: TcpStream, mut counter: Counter) -> io::Result<()> {
    stream.set_nodelay(true)?;
    loop {
        let read = stream.read(counter.space())?;
        if read == 0 {
            return Ok(());
        }
        let answers = counter.answer(read);
        if !answers.is_empty() {
            stream.write_all(answers)?;
            if counter.is_closing() {
                return Ok(());
            }
        }
    }
}
