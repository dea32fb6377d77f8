//! `compliance.toml`: that it speaks of every clause, and that what it names as evidence is there.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, with a text that names the clause"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use toml::{Table, Value};

/// How many clauses there are, and a digest of their names and levels in order, so that none is lost or softened.
const CLAUSES: usize = 544;
const DIGEST: u64 = 0xe91b_9766_96fd_f1ec;

/// Whom a clause can bind; the first four are played here.
const ROLES: [&str; 8] = ["server", "client", "sender", "recipient", "proxy", "gateway", "cache", "author"];
const OURS: &[&str] = &["server", "client", "sender", "recipient"];

/// Why a clause can be none of ours, and whether that may be said of a MUST that binds a role played here.
const REASONS: [(&str, bool, &str); 9] = [
    ("application", true, "a handler, or the caller of a client, decides what things mean"),
    ("user-agent", true, "people, redirections, retries: what a program around a client does"),
    ("authentication", true, "who may do what is not looked at here"),
    ("tls", true, "the transport is the caller's"),
    ("content", true, "content is handed on and not read"),
    ("cache", false, "nothing is stored"),
    ("intermediary", false, "nothing is forwarded"),
    ("registry", false, "for those who register names"),
    ("specification", false, "for those who define fields and resources"),
];

/// One entry.
struct Clause {
    id: String,
    level: String,
    role: String,
    verdict: Verdict,
    tests: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Tested,
    ByDesign,
    NotOurs,
    Departs,
}

impl Clause {
    fn read(entry: &Table) -> Self {
        let id = text(entry, "id").unwrap_or_else(|| panic!("an entry without id: {entry}"));
        let get = |key| text(entry, key).unwrap_or_else(|| panic!("{id} has no {key}"));
        let known = ["id", "level", "role", "summary", "tests", "by-design", "not-ours", "departs"];
        entry.keys().for_each(|key| assert!(known.contains(&key.as_str()), "{id}: {key} is no key"));
        assert!(get("summary").len() >= 8 && !get("summary").ends_with('.'), "{id}: {}", get("summary"));
        let tests: Vec<String> = entry.get("tests").map(|tests| names(&id, tests)).unwrap_or_default();
        let verdict = match ["by-design", "not-ours", "departs"].map(|key| text(entry, key)) {
            [None, None, None] => Verdict::Tested,
            [Some(why), None, None] if why.len() >= 8 => Verdict::ByDesign,
            [None, Some(why), None] if tests.is_empty() => not_ours(&id, &get("level"), &get("role"), &why),
            [None, None, Some(why)] if tests.is_empty() && why.len() >= 8 => {
                assert!(!get("level").contains("MUST"), "{id}: nothing departs from a MUST");
                Verdict::Departs
            }
            _ => panic!("{id}: an entry has one verdict"),
        };
        assert!(verdict != Verdict::Tested || !tests.is_empty(), "{id} has no verdict");
        assert!(ROLES.contains(&get("role").as_str()), "{id}: {} is no role", get("role"));
        Self { level: get("level"), role: get("role"), id, verdict, tests }
    }

    /// Whether it is a MUST or MUST NOT for a role that is played here.
    fn is_demanded(&self) -> bool {
        self.level.contains("MUST") && OURS.contains(&self.role.as_str())
    }
}

fn text(entry: &Table, key: &str) -> Option<String> {
    entry.get(key).map(|value| value.as_str().unwrap_or_else(|| panic!("{key} is text: {entry}")).trim().to_owned())
}

fn names(id: &str, tests: &Value) -> Vec<String> {
    let tests = tests.as_array().unwrap_or_else(|| panic!("{id}: tests is a list"));
    let names: Vec<String> = tests.iter().map(|test| test.as_str().expect("a name").to_owned()).collect();
    assert!(names.iter().collect::<HashSet<_>>().len() == names.len(), "{id} names a test twice");
    names
}

fn not_ours(id: &str, level: &str, role: &str, why: &str) -> Verdict {
    let (reason, words) = why.split_once(": ").unwrap_or_else(|| panic!("{id}: a reason and words: {why}"));
    let (_, for_all, _) =
        REASONS.iter().find(|(known, ..)| *known == reason).unwrap_or_else(|| panic!("{id}: {reason} is no reason"));
    assert!(words.len() >= 8, "{id}: {why}");
    let is_demanded = level.contains("MUST") && OURS.contains(&role);
    assert!(!is_demanded || *for_all, "{id}: {reason} is no reason to pass over a {level} of a {role}");
    Verdict::NotOurs
}

fn tests_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn clauses() -> Vec<Clause> {
    let document = std::fs::read_to_string(tests_folder().join("compliance.toml")).unwrap();
    let document: Table = document.parse().unwrap_or_else(|e| panic!("{e}"));
    let entries = document["clauses"].as_array().expect("a list of clauses");
    entries.iter().map(|entry| Clause::read(entry.as_table().expect("a table"))).collect()
}

/// FNV-1a, which needs no crate and no key.
fn digest(octets: impl Iterator<Item = u8>) -> u64 {
    octets.fold(0xcbf2_9ce4_8422_2325, |hash, octet| (hash ^ u64::from(octet)).wrapping_mul(0x100_0000_01b3))
}

#[test]
fn every_clause_has_its_entry() {
    let clauses = clauses();
    let mut seen = HashSet::new();
    for clause in &clauses {
        assert!(seen.insert(&clause.id), "{} stands twice", clause.id);
    }
    assert_eq!(clauses.len(), CLAUSES);
    let lines = clauses.iter().flat_map(|clause| format!("{} {}\n", clause.id, clause.level).into_bytes());
    assert_eq!(digest(lines), DIGEST, "a clause is missing, out of order, or of another level");
}

/// The files below a folder whose names end like this, each with its path from the root of the workspace.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let root = tests_folder().parent().expect("the workspace");
    let (mut folders, mut files) = (vec![root.join(folder)], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                let place = path.strip_prefix(root).unwrap().to_str().expect("a name in UTF-8");
                files.push((place.replace('\\', "/"), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files
}

/// The functions marked as tests, by name, and the files they stand in.
fn functions() -> HashMap<String, Vec<String>> {
    let mut functions: HashMap<String, Vec<String>> = HashMap::new();
    let mut folders = vec![String::from("tests/src")];
    for entry in std::fs::read_dir(tests_folder().parent().expect("the workspace")).unwrap() {
        folders.push(format!("{}/tests", entry.unwrap().file_name().to_string_lossy()));
    }
    for (place, source) in folders.iter().flat_map(|folder| files(folder, "rs")) {
        let mut is_test = false;
        for line in source.lines().map(str::trim_start) {
            // Those of the adapters are run by a macro, which would leave one that it does not name unused.
            is_test |= line.starts_with("#[test]") || line.ends_with("(adapter: Adapter) {");
            let line = line.strip_prefix("pub(crate) ").unwrap_or(line);
            let Some(rest) = line.strip_prefix("fn ").filter(|_| is_test) else { continue };
            is_test = false;
            let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            functions.entry(name.to_owned()).or_default().push(place.clone());
        }
    }
    functions
}

/// The titles of the golden cases, each after its file.
fn titles() -> HashSet<String> {
    let titles = |(place, document): (String, String)| {
        let place = place.strip_prefix("tests/").unwrap_or(&place).to_owned();
        let titles: Vec<String> =
            document.lines().filter_map(|line| line.strip_prefix("== ")).map(str::to_owned).collect();
        titles.into_iter().map(move |title| format!("{place}: {title}"))
    };
    files("tests/cases", "txt").into_iter().flat_map(titles).collect()
}

#[test]
fn every_test_that_is_named_is_there() {
    let (functions, titles) = (functions(), titles());
    let mut wrong = Vec::new();
    for clause in clauses() {
        for test in &clause.tests {
            let found = match test.split_once(": ") {
                Some((file, _)) if file.starts_with("cases/") => usize::from(titles.contains(test)),
                Some((file, name)) => {
                    functions.get(name).map_or(0, |places| places.iter().filter(|place| *place == file).count())
                }
                None => functions.get(test).map_or(0, Vec::len),
            };
            match found {
                1 => {}
                0 => wrong.push(format!("{}: there is no test {test}", clause.id)),
                _ => wrong.push(format!("{}: there are {found} tests {test}, say which", clause.id)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_test_of_a_clause_is_named() {
    let named: HashSet<String> = clauses().into_iter().flat_map(|clause| clause.tests).collect();
    let mut unused: Vec<String> = functions()
        .into_iter()
        .filter(|(name, places)| places[0].starts_with("tests/tests/clauses/") && !named.contains(name))
        .map(|(name, _)| name)
        .collect();
    unused.sort();
    assert!(unused.is_empty(), "no clause names {}", unused.join(", "));
}

#[test]
fn what_is_demanded_of_us_is_tested() {
    let without: Vec<String> = clauses()
        .into_iter()
        .filter(|clause| clause.is_demanded() && clause.verdict != Verdict::NotOurs && clause.tests.is_empty())
        .map(|clause| clause.id)
        .collect();
    assert!(without.is_empty(), "a MUST without a test: {}", without.join(", "));
}

#[test]
fn counts() {
    let clauses = clauses();
    let verdicts = [Verdict::Tested, Verdict::ByDesign, Verdict::NotOurs, Verdict::Departs];
    let mut groups: BTreeMap<String, Vec<&Clause>> = BTreeMap::new();
    for clause in &clauses {
        let rfc = clause.id.split('-').next().unwrap_or_default();
        groups.entry(format!("RFC {rfc}, all")).or_default().push(clause);
        groups.entry(format!("RFC {rfc}, {}", clause.level)).or_default().push(clause);
        if clause.is_demanded() {
            groups.entry(format!("RFC {rfc}, MUST and MUST NOT of a role played here")).or_default().push(clause);
        }
    }
    println!("{:<60}{:>8}{:>11}{:>10}{:>9}", "", "tested", "by design", "not ours", "departs");
    for (group, members) in groups {
        let count = |verdict| members.iter().filter(|clause| clause.verdict == verdict).count();
        let [tested, by_design, not_ours, departs] = verdicts.map(count);
        println!("{group:<60}{tested:>8}{by_design:>11}{not_ours:>10}{departs:>9}");
        assert_eq!(tested + by_design + not_ours + departs, members.len());
    }
    let evidence: BTreeSet<&String> = clauses.iter().flat_map(|clause| &clause.tests).collect();
    println!("{} tests and golden cases are named", evidence.len());
}
