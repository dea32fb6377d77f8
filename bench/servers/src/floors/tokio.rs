//! The floor of tokio: a task for each connection.

use std::io;

use basehttp_bench_servers::address;
use basehttp_bench_servers::floor::{Answers, Counter};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main]
async fn main() -> io::Result<()> {
    let answers = Answers::of_scenario();
    let listener = TcpListener::bind(address()).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(serve(stream, Counter::new(&answers)));
    }
}

async fn serve(mut stream: TcpStream, mut counter: Counter) -> io::Result<()> {
    stream.set_nodelay(true)?;
    loop {
        let read = stream.read(counter.space()).await?;
        if read == 0 {
            return Ok(());
        }
        let answers = counter.answer(read);
        if !answers.is_empty() {
            stream.write_all(answers).await?;
            if counter.is_closing() {
                return Ok(());
            }
        }
    }
}
