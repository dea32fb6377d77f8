//! The floor of smol: a task for each connection.

use std::io;

use basehttp_bench_servers::address;
use basehttp_bench_servers::floor::{Answers, Counter};
use smol::io::{AsyncReadExt, AsyncWriteExt};
use smol::net::{TcpListener, TcpStream};

fn main() -> io::Result<()> {
    smol::block_on(async {
        let answers = Answers::of_scenario();
        let listener = TcpListener::bind(address()).await?;
        loop {
            let (stream, _) = listener.accept().await?;
            smol::spawn(serve(stream, Counter::new(&answers))).detach();
        }
    })
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
