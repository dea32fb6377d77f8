//! Exchanges in memory: basehttp-proto beside its peers, as a server and as a client.

use basehttp_bench::arguments::Arguments;
use basehttp_bench::corpora::{self, Corpus};
use basehttp_bench::cycle::{client, server};
use basehttp_bench::measure::{Contestant, Times};

fn main() {
    let arguments = Arguments::read();
    let select = |name: &str| arguments.wants(name);

    let corpora = corpora::requests();
    let rows = corpora.iter().map(|corpus| (corpus, server::contestants(corpus, &select)));
    report("server", server::OURS, rows, &arguments);

    let corpora = [corpora::response()];
    let rows = corpora.iter().map(|corpus| (corpus, client::contestants(corpus, &select)));
    report("client", client::OURS, rows, &arguments);
}

/// What was measured on one corpus.
struct Row<'a> {
    corpus: &'a Corpus,
    names: Vec<&'static str>,
    times: Times,
}

fn report<'a>(
    role: &str,
    ours: &str,
    rows: impl Iterator<Item = (&'a Corpus, Vec<Contestant<'a>>)>,
    arguments: &Arguments,
) {
    let mut measured = Vec::new();
    for (corpus, mut contestants) in rows.filter(|(corpus, _)| arguments.wants_corpus(corpus.name)) {
        match arguments.iterations {
            Some(iterations) => contestants.iter_mut().for_each(|one| (one.run)(iterations)),
            None => measured.push(Row::measure(corpus, &mut contestants, arguments)),
        }
    }
    let Some(first) = measured.first() else { return };
    let columns = &first.names;

    println!("\n{role}: ns an exchange\n");
    println!("| corpus | octets | {} | spread |", columns.join(" | "));
    println!("|---|---:|{}---:|", "---:|".repeat(columns.len()));
    measured.iter().for_each(Row::print_times);

    let Some(ours) = columns.iter().position(|name| *name == ours) else { return };
    let others: Vec<usize> = (0..columns.len()).filter(|index| *index != ours).collect();
    println!("\n{role}: {} over the others\n", columns[ours]);
    print!("| corpus |");
    others.iter().for_each(|other| print!(" {} |", columns[*other]));
    println!("\n|---|{}", "---:|".repeat(others.len()));
    for row in &measured {
        print!("| {} |", row.corpus.name);
        others.iter().for_each(|other| print!(" {:.2} |", row.times.ratio(ours, *other)));
        println!();
    }
}

impl<'a> Row<'a> {
    fn measure(corpus: &'a Corpus, contestants: &mut [Contestant<'_>], arguments: &Arguments) -> Self {
        let times = Times::measure(contestants, corpus.messages(), arguments.effort);
        Self { corpus, names: contestants.iter().map(|one| one.name).collect(), times }
    }

    fn print_times(&self) {
        print!("| {} | {} |", self.corpus.name, self.corpus.octets());
        (0..self.names.len()).for_each(|index| print!(" {:.0} |", self.times.median(index)));
        let spread = (0..self.names.len()).map(|index| self.times.spread(index)).fold(0.0, f64::max);
        println!(" {:.0} % |", spread * 100.0);
    }
}
