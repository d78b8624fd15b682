//! Programs that are tested are those of today's sources.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// Says why `program` must not be tested: it was never built, or one of the sources it was built from has changed since or is
/// gone.
///
/// Cargo writes these sources beside the program, those of its dependencies in this repository too: `api.d` beside `api`.
pub fn check(program: &Path) -> Result<(), String> {
    let refused = |why: String| {
        format!(
            "{} {why}: run ./test.sh, which builds what it tests",
            program.display()
        )
    };
    let built = modified(program).map_err(|error| refused(format!("can't be read ({error})")))?;
    let list = program.with_extension("d");
    let text = fs::read_to_string(&list).map_err(|error| {
        refused(format!(
            "has no list of its sources ({}: {error})",
            list.display()
        ))
    })?;
    for source in sources(&text) {
        match modified(&source) {
            Ok(changed) if changed <= built => {}
            Ok(_) => {
                return Err(refused(format!("is older than {}", source.display())));
            }
            Err(error) => {
                return Err(refused(format!(
                    "was built from {}, which can't be read ({error})",
                    source.display()
                )));
            }
        }
    }
    Ok(())
}

fn modified(path: &Path) -> io::Result<SystemTime> {
    fs::metadata(path)?.modified()
}

/// The sources in a list such as `program: one.rs two.rs`, where a space within a name follows a backslash.
fn sources(list: &str) -> Vec<PathBuf> {
    let Some((_program, listed)) = list.split_once(": ") else {
        return Vec::new();
    };
    let mut sources = vec![String::new()];
    let mut characters = listed.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some(' ')) => {
                characters.next();
                sources.last_mut().expect("one was begun").push(' ');
            }
            (' ' | '\n', _) => sources.push(String::new()),
            _ => sources.last_mut().expect("one was begun").push(character),
        }
    }
    sources.retain(|source| !source.is_empty());
    sources.into_iter().map(PathBuf::from).collect()
}

#[cfg(test)]
mod tests {
    use std::{fs::File, time::Duration};

    use super::*;

    /// A program with its list, built a minute after its sources were written.
    fn built(folder: &Path) -> (PathBuf, Vec<PathBuf>) {
        let sources = [folder.join("main.rs"), folder.join("with a space.rs")];
        let program = folder.join("program");
        let built = SystemTime::now() - Duration::from_secs(60);
        for source in &sources {
            let file = File::create(source).unwrap();
            file.set_modified(built - Duration::from_secs(60)).unwrap();
        }
        File::create(&program).unwrap().set_modified(built).unwrap();
        let listed = sources.each_ref().map(|source| {
            let name = source.display().to_string();
            name.replace(' ', "\\ ")
        });
        let list = format!("{}: {}\n", program.display(), listed.join(" "));
        fs::write(folder.join("program.d"), list).unwrap();
        (program, sources.into())
    }

    #[test]
    fn a_program_of_todays_sources_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let (program, _) = built(folder.path());
        assert_eq!(check(&program), Ok(()));
    }

    #[test]
    fn a_program_is_refused_when_any_of_its_sources_was_touched_later() {
        for touched in 0..2 {
            let folder = tempfile::tempdir().unwrap();
            let (program, sources) = built(folder.path());
            let source = &sources[touched];
            let file = File::options().append(true).open(source).unwrap();
            file.set_modified(SystemTime::now()).unwrap();
            let refused = check(&program).unwrap_err();
            let older = format!("is older than {}", source.display());
            assert!(refused.contains(&older), "{refused}");
            assert!(refused.contains("run ./test.sh"), "{refused}");
        }
    }

    #[test]
    fn a_program_is_refused_when_a_source_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let (program, sources) = built(folder.path());
        fs::remove_file(&sources[1]).unwrap();
        let refused = check(&program).unwrap_err();
        let gone = sources[1].display().to_string();
        assert!(refused.contains(&gone), "{refused}");
        assert!(refused.contains("run ./test.sh"), "{refused}");
    }

    #[test]
    fn a_program_that_was_never_built_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refused = check(&folder.path().join("program")).unwrap_err();
        assert!(refused.contains("run ./test.sh"), "{refused}");
    }
}
