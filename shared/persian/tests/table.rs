//! The table of what is said for what is written, case by case.

use std::collections::BTreeMap;

use persian::speak;

struct Case<'a> {
    category: &'a str,
    input: &'a str,
    spoken: &'a str,
    dropped: Option<&'a str>,
}

fn cases() -> Vec<Case<'static>> {
    include_str!("data/verbalizer.tsv")
        .lines()
        .filter(|line| !line.starts_with("# ") && !line.is_empty())
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            assert!(matches!(columns.len(), 3 | 4), "columns of {line}");
            Case {
                category: columns[0],
                input: columns[1],
                spoken: columns[2],
                dropped: columns.get(3).copied(),
            }
        })
        .collect()
}

#[test]
fn every_case_of_the_table_is_read_as_it_says() {
    let mut failures = Vec::new();
    for case in cases() {
        let spoken = speak(case.input);
        let text = spoken.text().replace('\n', " ");
        if text != case.spoken {
            failures.push(format!(
                "{}: {}\n  expected {}\n  got      {text}",
                case.category, case.input, case.spoken
            ));
        }
        let dropped: Vec<&str> = spoken.dropped().iter().map(|d| d.text.as_str()).collect();
        if case
            .dropped
            .is_some_and(|expected| expected != dropped.join(" "))
        {
            failures.push(format!(
                "{}: {}\n  expected to drop {:?}\n  dropped          {dropped:?}",
                case.category, case.input, case.dropped
            ));
        }
    }
    assert!(
        failures.is_empty(),
        "{} failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn every_category_has_more_than_twenty_cases() {
    let mut counts = BTreeMap::new();
    for case in cases() {
        *counts.entry(case.category).or_insert(0) += 1;
    }
    assert!(counts.len() >= 22, "{counts:?}");
    assert!(counts.values().sum::<usize>() >= 520);
    assert!(counts.values().all(|&count| count > 20), "{counts:?}");
}
