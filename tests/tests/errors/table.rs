//! `proto/ERRORS.md` is what the library says of itself.

use basehttp_proto::{Deviation, ErrorKind, Policy};

use super::read;

/// What ERRORS.md has to be.
fn document() -> String {
    let mut text = String::from(
        "# Errors and deviations\n\n\
         Every rule that a peer can break, with the status that answers it; a client reports the same kinds, and sends\n\
         nothing. Codes stay the same between releases.\n\n\
         | code | status | clause | rule | remedy |\n|---|---|---|---|---|\n",
    );
    for kind in ErrorKind::ALL {
        let status = kind.status();
        let cells = [kind.code(), &status.to_string(), kind.clause(), kind.rule(), kind.remedy()];
        text.push_str(&row(&cells));
    }
    text.push_str(
        "\nEverything that a peer may do although a strict reading forbids it. `Policy::strict` puts up with none of \
         them,\n`Policy::compat` with all, `Policy::default` as it stands here.\n\n\
         | code | clause | default | it opens the door to |\n|---|---|---|---|\n",
    );
    for deviation in Deviation::ALL {
        let default = if Policy::default().allows(*deviation) { "allowed" } else { "refused" };
        text.push_str(&row(&[deviation.code(), deviation.clause(), default, deviation.threat()]));
    }
    text
}

/// A row of a table: the code as code, and nothing that Markdown would take for a border or a link.
fn row(cells: &[&str]) -> String {
    let escape = |cell: &str| cell.replace('|', "\\|").replace('*', "\\*");
    let (code, rest) = cells.split_first().expect("a row has cells");
    let rest: String = rest.iter().map(|cell| format!(" {} |", escape(cell))).collect();
    format!("| `{code}` |{rest}\n")
}

#[test]
fn the_document_is_what_the_library_says() {
    let expected = document();
    let found = read("proto/ERRORS.md");
    let differ = expected.lines().zip(found.lines()).find(|(expected, found)| expected != found);
    assert!(
        expected == found,
        "proto/ERRORS.md has to be\n--- 8< ---\n{expected}--- >8 ---\nfirst difference: {differ:?}"
    );
}
