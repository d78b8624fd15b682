//! Names on the Hub. A value of these types has been validated: it is safe in a URL and in a path.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Object, RefOr, Schema, Type},
};

/// Longest part of a path that file systems take, in bytes.
const MAX_PART: usize = 255;
/// Longest path below a snapshot: with the folders above it, it stays below Linux's 4,096 bytes.
const MAX_PATH: usize = 2_048;
/// Longest name, and longest organisation.
const MAX_NAME: usize = 96;

/// A name that is not valid, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {name:?}: {why}")]
pub struct BadName {
    what: &'static str,
    name: String,
    why: &'static str,
}

/// Defines `$name`, a validated string: `$what` names it in messages, `$check` returns what is wrong with it.
macro_rules! checked_name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadName;

            fn try_from(name: String) -> Result<Self, BadName> {
                let check: fn(&str) -> Result<(), &'static str> = $check;
                match check(&name) {
                    Ok(()) => Ok(Self(name)),
                    Err(why) => {
                        // It goes into messages, and may be long.
                        let name = name.chars().take(MAX_NAME).collect();
                        Err(BadName { what: $what, name, why })
                    }
                }
            }
        }

        impl FromStr for $name {
            type Err = BadName;

            fn from_str(name: &str) -> Result<Self, BadName> {
                Self::try_from(name.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

checked_name!(
    /// A model's repository: `name` or `organisation/name`, by the Hub's rule.
    RepoId,
    "repository",
    check_repo
);

checked_name!(
    /// A branch, a tag or a commit. Branches may have slashes, such as `refs/pr/1`.
    Revision,
    "revision",
    check_revision
);

checked_name!(
    /// A commit's full hash: 40 lower-case hexadecimal digits.
    Commit,
    "commit",
    check_commit
);

checked_name!(
    /// A file's path inside its repository. Joined to a folder, it stays below it.
    RepoPath,
    "path",
    check_path
);

/// `check_repo` as a regular expression of ECMA-262, for descriptions.
const REPO_PATTERN: &str = r"^(?!.*(?:--|\.\.))(?!.*\.git$)[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?(?:/[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?)?$";
/// `check_revision` as well.
const REVISION_PATTERN: &str = r"^(?!-)(?!.*\.\.)(?!.*\.$)(?!(?:.*/)?\.)(?!.*\.lock(?:/|$))[A-Za-z0-9._+-]+(?:/[A-Za-z0-9._+-]+)*$";

macro_rules! described_name {
    ($name:ident, $pattern:expr, $max_length:expr) => {
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let text = Object::builder().schema_type(Type::String);
                let text = text.pattern(Some($pattern)).max_length(Some($max_length));
                RefOr::T(Schema::Object(text.build()))
            }
        }

        impl ToSchema for $name {}
    };
}

described_name!(RepoId, REPO_PATTERN, 2 * MAX_NAME + 1);
described_name!(Revision, REVISION_PATTERN, MAX_PART);

impl From<Commit> for Revision {
    fn from(commit: Commit) -> Self {
        Self(commit.0)
    }
}

impl Revision {
    /// The default branch.
    pub fn main() -> Self {
        Self("main".into())
    }

    /// `None` for a branch or tag.
    pub fn as_commit(&self) -> Option<Commit> {
        self.0.parse().ok()
    }
}

impl RepoPath {
    /// The path's last component.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// What stands before the last slash; empty for a file at the top.
    pub fn folder(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// What stands behind the file name's last dot, in lower case; empty where there is no dot.
    pub fn extension(&self) -> String {
        self.file_name()
            .rsplit_once('.')
            .map_or_else(String::new, |(_, extension)| extension.to_lowercase())
    }
}

fn check_repo(id: &str) -> Result<(), &'static str> {
    let parts: Vec<&str> = id.split('/').collect();
    if parts.len() > 2 {
        return Err("expected `name` or `organisation/name`");
    }
    for part in parts {
        if part.is_empty() || part.len() > MAX_NAME {
            return Err("each part has 1 to 96 characters");
        }
        if !part.bytes().all(is_plain) {
            return Err("only Latin letters, digits, `-`, `_` and `.` are allowed");
        }
        if part.starts_with(['-', '.']) || part.ends_with(['-', '.']) {
            return Err("no part begins or ends with `-` or `.`");
        }
        if part.contains("--") || part.contains("..") {
            return Err("`--` and `..` are not allowed");
        }
    }
    if id.ends_with(".git") {
        return Err("it must not end with `.git`");
    }
    Ok(())
}

/// By git's rules for the names of references, as far as they keep a path and a URL safe.
fn check_revision(revision: &str) -> Result<(), &'static str> {
    if revision.is_empty() || revision.len() > MAX_PART {
        return Err("it has 1 to 255 bytes");
    }
    if !revision
        .bytes()
        .all(|byte| is_plain(byte) || matches!(byte, b'/' | b'+'))
    {
        return Err("only Latin letters, digits and `-_.+/` are allowed");
    }
    if revision
        .split('/')
        .any(|part| part.is_empty() || part.starts_with('.') || part.ends_with(".lock"))
        || revision.contains("..")
        || revision.ends_with('.')
        || revision.starts_with('-')
    {
        return Err("git allows no such name of a branch, a tag or a commit");
    }
    Ok(())
}

fn check_commit(commit: &str) -> Result<(), &'static str> {
    if commit.len() == 40 && is_lower_hex(commit) {
        Ok(())
    } else {
        Err("expected 40 lower-case hexadecimal digits")
    }
}

fn check_path(path: &str) -> Result<(), &'static str> {
    if path.is_empty() || path.len() > MAX_PATH {
        return Err("it has 1 to 2,048 bytes");
    }
    if path.starts_with('/') {
        return Err("it is absolute");
    }
    if path.chars().any(char::is_control) {
        return Err("it has control characters");
    }
    // A separator on other systems, where somebody may copy the cache to.
    if path.contains('\\') {
        return Err("it has a backslash");
    }
    for part in path.split('/') {
        match part {
            "" => return Err("a part of it is empty"),
            "." | ".." => return Err("it climbs out of its folder"),
            _ if part.len() > MAX_PART => return Err("a part of it has more than 255 bytes"),
            _ => {}
        }
    }
    Ok(())
}

const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

pub(crate) fn is_lower_hex(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repository_names_follow_the_hubs_rules() {
        for good in [
            "gpt2",
            "facebook/mms-tts-fas",
            "a/b_c.d-e",
            "0/1",
            &"x".repeat(96),
        ] {
            assert!(good.parse::<RepoId>().is_ok(), "{good}");
        }
        let long = "x".repeat(97);
        for bad in [
            "", "/", "a/", "/a", "a/b/c", "a b", "a/b\0", "../a", "a/..", "a/.b", "a/b.", "-a",
            "a-", "a--b", "a..b", "a/b.git", "آ/b", "a?b", "a%2fb", &long,
        ] {
            assert!(bad.parse::<RepoId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn revisions_are_branches_tags_and_commits() {
        for good in [
            "main",
            "v1.0",
            "refs/pr/1",
            "feature/a+b",
            "0123456789abcdef0123456789abcdef01234567",
        ] {
            assert!(good.parse::<Revision>().is_ok(), "{good}");
        }
        for bad in [
            "", "..", "a/../b", "/main", "main/", "a//b", ".a", "a/.b", "a b", "-x", "a.lock",
            "a.", "a\n", "a?b", "a#b",
        ] {
            assert!(bad.parse::<Revision>().is_err(), "{bad}");
        }
        assert_eq!(Revision::main().as_commit(), None);
    }

    #[test]
    fn paths_stay_below_their_folder() {
        for good in [
            "config.json",
            "a/b/c.safetensors",
            ".gitattributes",
            "فارسی/صدا.wav",
            "a b/c",
            "..a",
            "a..",
        ] {
            assert!(good.parse::<RepoPath>().is_ok(), "{good}");
        }
        let (long_part, long) = ("x".repeat(256), "x/".repeat(1_024) + "x");
        for bad in [
            "",
            "/etc/passwd",
            "..",
            "../a",
            "a/../../b",
            "a/..",
            "./a",
            "a//b",
            "a/",
            "a\0b",
            "a\nb",
            "a\\..\\b",
            "C:\\a",
            &long_part,
            &long,
        ] {
            assert!(bad.parse::<RepoPath>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_path_has_parts() {
        let path: RepoPath = "unet/Model.FP16.SafeTensors".parse().unwrap();
        assert_eq!(
            (path.folder(), path.file_name()),
            ("unet", "Model.FP16.SafeTensors")
        );
        assert_eq!(path.extension(), "safetensors");
        assert_eq!("LICENSE".parse::<RepoPath>().unwrap().extension(), "");
    }

    #[test]
    fn a_rejected_name_is_truncated_in_the_message() {
        let message = "x"
            .repeat(1_000_000)
            .parse::<RepoId>()
            .unwrap_err()
            .to_string();
        assert!(message.len() < 200, "{}", message.len());
    }
}
