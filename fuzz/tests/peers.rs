//! The corpora of heads and streams, through the comparison with the peers: what the fuzz target does, without a fuzzer.

use basehttp_fuzz::PEERS;
use basehttp_tests::invariants::differential;

#[test]
fn every_stream_of_the_corpora() -> std::io::Result<()> {
    let mut files = 0;
    for corpus in ["differential", "request_head"] {
        for entry in std::fs::read_dir(format!("{}/corpus/{corpus}", env!("CARGO_MANIFEST_DIR")))? {
            let path = entry?.path();
            println!("{}", path.display());
            differential(&std::fs::read(path)?, &PEERS);
            files += 1;
        }
    }
    assert!(files > 50, "{files} files");
    Ok(())
}
