//! Which files of a repository are fetched. Weights are often there several times, in several formats: safetensors are
//! taken before pickles, which run code when they are opened, and before the formats of other frameworks.

use std::collections::HashSet;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::names::RepoPath;

/// Most patterns of a kind.
pub const MAX_PATTERNS: usize = 100;
/// Longest pattern, in bytes.
pub const MAX_PATTERN: usize = 500;

/// Formats of weights that are redundant beside safetensors: pickles, and those of other frameworks.
const OTHER_WEIGHTS: [&str; 9] = [
    "bin", "pt", "pth", "ckpt", "pkl", "h5", "msgpack", "ot", "tflite",
];

/// Include and exclude patterns, in the shell's syntax (`*`, `?`, `[…]`, where `*` also matches `/`), as in
/// `huggingface_hub`.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// `None`: all files but redundant weights.
    include: Option<GlobSet>,
    exclude: GlobSet,
}

/// A pattern that is not valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("pattern {pattern:?}: {why}")]
pub struct BadPattern {
    pattern: String,
    why: String,
}

impl Selection {
    /// Files that match one of `include`, or all but redundant weights where that is empty, without those that match one of
    /// `exclude`.
    ///
    /// # Errors
    /// [`BadPattern`] for the first that can't be parsed.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self, BadPattern> {
        Ok(Self {
            include: if include.is_empty() {
                None
            } else {
                Some(globs(include)?)
            },
            exclude: globs(exclude)?,
        })
    }

    /// The selected files, in their order.
    pub fn choose<'a>(&self, files: &'a [RepoPath]) -> Vec<&'a RepoPath> {
        let included = |path: &&RepoPath| !self.exclude.is_match(path.as_str());
        match &self.include {
            Some(include) => files
                .iter()
                .filter(|path| include.is_match(path.as_str()))
                .filter(included)
                .collect(),
            None => {
                // An excluded file doesn't make others redundant.
                let paths: Vec<&RepoPath> = files.iter().filter(included).collect();
                let safe: HashSet<&str> = paths
                    .iter()
                    .filter(|path| path.extension() == "safetensors")
                    .map(|path| path.folder())
                    .collect();
                paths
                    .into_iter()
                    .filter(|path| {
                        !safe.contains(path.folder())
                            || !OTHER_WEIGHTS.contains(&path.extension().as_str())
                    })
                    .collect()
            }
        }
    }
}

fn globs(patterns: &[String]) -> Result<GlobSet, BadPattern> {
    let bad = |pattern: &str, why: String| BadPattern {
        pattern: pattern.chars().take(80).collect(),
        why,
    };
    let mut set = GlobSetBuilder::new();
    for (number, pattern) in patterns.iter().enumerate() {
        if number == MAX_PATTERNS {
            return Err(bad(
                pattern,
                format!("only {MAX_PATTERNS} patterns are allowed"),
            ));
        }
        if pattern.is_empty() || pattern.len() > MAX_PATTERN {
            return Err(bad(pattern, format!("it has 1 to {MAX_PATTERN} bytes")));
        }
        // A folder stands for the files in it.
        let whole = if pattern.ends_with('/') {
            format!("{pattern}*")
        } else {
            pattern.clone()
        };
        let glob = GlobBuilder::new(&whole)
            .literal_separator(false)
            .backslash_escape(false)
            .build();
        set.add(glob.map_err(|error| bad(pattern, error.kind().to_string()))?);
    }
    set.build().map_err(|error| bad("", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(files: &[&str], include: &[&str], exclude: &[&str]) -> Vec<String> {
        let own = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        let files: Vec<RepoPath> = files.iter().map(|path| path.parse().unwrap()).collect();
        let selection = Selection::new(&own(include), &own(exclude)).unwrap();
        selection
            .choose(&files)
            .into_iter()
            .map(RepoPath::to_string)
            .collect()
    }

    #[test]
    fn safetensors_are_taken_before_pickles_of_the_same_folder() {
        let files = [
            "README.md",
            "config.json",
            "model.safetensors",
            "pytorch_model.bin",
            "tf_model.h5",
            "flax_model.msgpack",
            "old/pytorch_model.bin",
        ];
        assert_eq!(
            chosen(&files, &[], &[]),
            [
                "README.md",
                "config.json",
                "model.safetensors",
                "old/pytorch_model.bin"
            ]
        );
    }

    #[test]
    fn without_safetensors_pickles_are_taken() {
        assert_eq!(
            chosen(&["config.json", "pytorch_model.bin"], &[], &[]),
            ["config.json", "pytorch_model.bin"]
        );
    }

    #[test]
    fn pickles_can_be_selected_by_pattern() {
        let files = ["model.safetensors", "pytorch_model.bin"];
        assert_eq!(chosen(&files, &["*.bin"], &[]), ["pytorch_model.bin"]);
        assert_eq!(
            chosen(&files, &[], &["*.safetensors"]),
            ["pytorch_model.bin"]
        );
    }

    #[test]
    fn patterns_have_the_shells_syntax_and_match_across_folders() {
        let files = ["a.json", "x/b.json", "x/y/c.json", "x/y/c.txt"];
        assert_eq!(
            chosen(&files, &["*.json"], &[]),
            ["a.json", "x/b.json", "x/y/c.json"]
        );
        assert_eq!(chosen(&files, &["x/"], &["x/y/*"]), ["x/b.json"]);
        assert_eq!(
            chosen(&files, &["?.json", "*/[cd].txt"], &[]),
            ["a.json", "x/y/c.txt"]
        );
    }

    #[test]
    fn an_invalid_pattern_is_named_in_the_error() {
        let error = |pattern: &str| {
            Selection::new(&[pattern.to_owned()], &[])
                .unwrap_err()
                .to_string()
        };
        assert!(error("[").contains("\"[\""), "{}", error("["));
        assert!(error("").contains("1 to 500 bytes"));
        assert!(Selection::new(&vec!["*".to_owned(); 101], &[]).is_err());
    }
}
