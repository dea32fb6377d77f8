//! Heads parsed: basehttp-proto beside its peers.

use basehttp_bench::arguments::Arguments;
use basehttp_bench::corpora;
use basehttp_bench::measure::Times;
use basehttp_bench::parse::{OURS, contestants};

fn main() {
    let arguments = Arguments::read();
    let mut columns: Vec<&str> = Vec::new();
    for corpus in corpora::heads().iter().filter(|corpus| arguments.wants_corpus(corpus.name)) {
        let mut contestants = contestants(corpus, &|name| arguments.wants(name));
        if let Some(iterations) = arguments.iterations {
            contestants.iter_mut().for_each(|one| (one.run)(iterations));
            continue;
        }
        if columns.is_empty() {
            columns = contestants.iter().map(|one| one.name).collect();
            print_header(&columns);
        }
        let times = Times::measure(&mut contestants, corpus.messages(), arguments.effort);
        let place = |name: &str| contestants.iter().position(|one| one.name == name);
        let peers = (0..contestants.len()).filter(|index| !OURS.contains(&contestants[*index].name));
        let best = peers.min_by(|a, b| times.median(*a).total_cmp(&times.median(*b)));

        print!("| {} | {} |", corpus.name, corpus.octets());
        for column in &columns {
            match place(column) {
                Some(index) => print!(" {:.1} |", times.median(index)),
                None => print!(" - |"),
            }
        }
        print!(" {} |", best.map_or("-", |index| contestants[index].name));
        for name in OURS {
            match (place(name), best) {
                (Some(ours), Some(best)) => print!(" {:.2} |", times.ratio(ours, best)),
                _ => print!(" - |"),
            }
        }
        let spread = (0..contestants.len()).map(|index| times.spread(index)).fold(0.0, f64::max);
        println!(" {:.0} % |", spread * 100.0);
    }
}

fn print_header(columns: &[&str]) {
    print!("| corpus | octets |");
    columns.iter().for_each(|column| print!(" {column} |"));
    print!(" fastest peer |");
    OURS.iter().for_each(|name| print!(" {name} / fastest |"));
    println!(" spread |");
    println!("|---|---:|{}---|{}---:|", "---:|".repeat(columns.len()), "---:|".repeat(OURS.len()));
}
