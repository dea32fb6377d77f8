//! What an exchange allocates: the contestants of `cycle`, in a program of its own, because the allocator that counts would
//! cost those who allocate time.

use basehttp_bench::arguments::Arguments;
use basehttp_bench::corpora::{self, Corpus};
use basehttp_bench::cycle::{client, server};
use basehttp_bench::measure::Contestant;

/// Over how many runs allocations are counted.
const COUNTED: u64 = 1000;

fn main() {
    let arguments = Arguments::read();
    let select = |name: &str| arguments.wants(name);

    let corpora = corpora::requests();
    report("server", corpora.iter().map(|corpus| (corpus, server::contestants(corpus, &select))), &arguments);
    let corpora = [corpora::response()];
    report("client", corpora.iter().map(|corpus| (corpus, client::contestants(corpus, &select))), &arguments);
}

fn report<'a>(role: &str, rows: impl Iterator<Item = (&'a Corpus, Vec<Contestant<'a>>)>, arguments: &Arguments) {
    println!("\n{role}: allocations an exchange, and in brackets octets allocated\n");
    let mut has_header = false;
    for (corpus, mut contestants) in rows.filter(|(corpus, _)| arguments.wants_corpus(corpus.name)) {
        if !has_header {
            let names: Vec<&str> = contestants.iter().map(|one| one.name).collect();
            println!("| corpus | {} |\n|---|{}", names.join(" | "), "---:|".repeat(names.len()));
            has_header = true;
        }
        print!("| {} |", corpus.name);
        let exchanges = (COUNTED * corpus.messages() as u64) as f64;
        for one in &mut contestants {
            let counted = allocation_counter::measure(|| (one.run)(COUNTED));
            let (times, octets) = (counted.count_total as f64 / exchanges, counted.bytes_total as f64 / exchanges);
            print!(" {times:.1} ({octets:.0}) |");
        }
        println!();
    }
}
