//! What isn't spoken of a text or a dataset, counted, so that nothing is lost unseen.

use std::collections::HashMap;

use persian::Dropped;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::text_analysis::DroppedBecause;

/// Different things that are listed.
const MAX_ITEMS: usize = 500;
/// Lines that are named of each.
const MAX_LINES: usize = 20;

/// What isn't spoken of a text or a dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DroppedSummary {
    /// How often something isn't.
    pub count: u64,
    /// Each thing once, in the order of their first lines; the first 500.
    pub items: Vec<DroppedItem>,
    #[serde(skip)]
    places: HashMap<(String, DroppedBecause), usize>,
}

/// A character or word that isn't spoken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DroppedItem {
    pub text: String,
    pub reason: DroppedBecause,
    pub count: u64,
    /// The first lines that have it, counted from 1; 20 at most.
    pub lines: Vec<u64>,
}

impl DroppedSummary {
    /// Counts something in that a line has.
    pub fn add(&mut self, text: &str, reason: DroppedBecause, line: u64) {
        self.count += 1;
        let key = (text.to_owned(), reason);
        let place = match self.places.get(&key) {
            Some(place) => *place,
            None if self.items.len() == MAX_ITEMS => return,
            None => {
                self.items.push(DroppedItem {
                    text: text.to_owned(),
                    reason,
                    count: 0,
                    lines: Vec::new(),
                });
                self.places.insert(key, self.items.len() - 1);
                self.items.len() - 1
            }
        };
        let item = &mut self.items[place];
        item.count += 1;
        if item.lines.len() < MAX_LINES && item.lines.last() != Some(&line) {
            item.lines.push(line);
        }
    }

    /// Counts in what the front end dropped of a text, whose first line has this number.
    pub fn add_all(&mut self, text: &str, dropped: &[Dropped], first_line: u64) {
        for it in dropped {
            let before = text.get(..it.span.start).unwrap_or_default();
            let line = first_line + before.matches('\n').count() as u64;
            self.add(&it.text, it.reason.into(), line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_stands_once_with_its_count_and_lines() {
        let mut dropped = DroppedSummary::default();
        let text = "سلام 😀\n\nدنیا 😀😀 漢字";
        dropped.add_all(
            text,
            &persian::speak(text)
                .dropped()
                .into_iter()
                .cloned()
                .collect::<Vec<_>>(),
            1,
        );
        assert_eq!(dropped.count, 4);
        let seen: Vec<_> = dropped
            .items
            .iter()
            .map(|item| (item.text.as_str(), item.count, item.lines.clone()))
            .collect();
        assert_eq!(seen, [("😀", 3, vec![1, 3]), ("漢字", 1, vec![3])]);
    }

    #[test]
    fn lists_are_bounded_and_counts_are_not() {
        let mut dropped = DroppedSummary::default();
        for number in 0..2_000u32 {
            dropped.add(&number.to_string(), DroppedBecause::Symbol, 1);
            dropped.add("*", DroppedBecause::Symbol, u64::from(number));
        }
        assert_eq!(dropped.count, 4_000);
        assert_eq!(dropped.items.len(), MAX_ITEMS);
        let star = dropped.items.iter().find(|item| item.text == "*").unwrap();
        assert_eq!((star.count, star.lines.len()), (2_000, MAX_LINES));
    }
}
