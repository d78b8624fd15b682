//! How much memory there is for one more training: the machine's, or less where a control group limits this process.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Bytes that can be had now; none where the system doesn't say.
pub(crate) fn available() -> Option<u64> {
    available_below(Path::new("/"))
}

/// `root` has `proc` and `sys`.
fn available_below(root: &Path) -> Option<u64> {
    let machine = field(&root.join("proc/meminfo"), "MemAvailable:").map(|kib| kib * 1024);
    let groups = control_groups(root);
    groups.iter().filter_map(left_in).chain(machine).min()
}

/// A control group with what limits its memory: version 2's files, or version 1's.
struct Group {
    folder: PathBuf,
    limit: &'static str,
    used: &'static str,
    reclaimable: &'static str,
}

/// Those that this process is in: a limit of a group holds for the groups in it.
fn control_groups(root: &Path) -> Vec<Group> {
    let mounted = root.join("sys/fs/cgroup");
    let own = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let mut groups = Vec::new();
    for line in own.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else {
            continue;
        };
        let second = controllers.is_empty();
        if !second && !controllers.split(',').any(|name| name == "memory") {
            continue;
        }
        let base = if second {
            mounted.clone()
        } else {
            mounted.join("memory")
        };
        let inner = base.join(path.trim_start_matches('/'));
        let folders = inner
            .ancestors()
            .take_while(|folder| folder.starts_with(&base));
        groups.extend(folders.map(|folder| Group {
            folder: folder.to_owned(),
            limit: if second {
                "memory.max"
            } else {
                "memory.limit_in_bytes"
            },
            used: if second {
                "memory.current"
            } else {
                "memory.usage_in_bytes"
            },
            reclaimable: if second {
                "inactive_file"
            } else {
                "total_inactive_file"
            },
        }));
    }
    groups
}

/// None where the group has no limit: version 2 says `max`, version 1 a number beyond all memory.
fn left_in(group: &Group) -> Option<u64> {
    let number = |name| -> Option<u64> {
        let text = fs::read_to_string(group.folder.join(name)).ok()?;
        text.trim().parse().ok()
    };
    let (limit, used) = (number(group.limit)?, number(group.used)?);
    // Files that were read count as used, and are let go when memory is wanted.
    let reclaimable = field(&group.folder.join("memory.stat"), group.reclaimable);
    Some(limit.saturating_sub(used.saturating_sub(reclaimable.unwrap_or(0))))
}

/// The number behind a name that begins a line.
fn field(path: &Path, name: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let mut lines = text.lines().map(str::split_whitespace);
    lines.find_map(|mut words| (words.next()? == name).then(|| words.next()?.parse().ok())?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that can't go on must stop")]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let meminfo = (
            "proc/meminfo",
            "MemTotal: 16777216 kB\nMemAvailable: 8388608 kB\n",
        );
        for (path, text) in files.iter().chain([&meminfo]) {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn a_machine_without_limits_has_what_it_says() {
        let root = machine(&[
            ("proc/self/cgroup", "0::/a.slice/b.service\n"),
            ("sys/fs/cgroup/a.slice/b.service/memory.max", "max\n"),
            ("sys/fs/cgroup/a.slice/b.service/memory.current", "5000\n"),
        ]);
        assert_eq!(available_below(root.path()), Some(8 * GIB));
        assert_eq!(available_below(Path::new("/nowhere")), None);
    }

    #[test]
    fn the_tightest_of_the_groups_around_a_process_holds() {
        let root = machine(&[
            ("proc/self/cgroup", "0::/a.slice/b.service\n"),
            ("sys/fs/cgroup/a.slice/memory.max", "4294967296\n"),
            ("sys/fs/cgroup/a.slice/memory.current", "3221225472\n"),
            (
                "sys/fs/cgroup/a.slice/memory.stat",
                "anon 7\ninactive_file 1073741824\n",
            ),
            ("sys/fs/cgroup/a.slice/b.service/memory.max", "6442450944\n"),
            ("sys/fs/cgroup/a.slice/b.service/memory.current", "1000\n"),
        ]);
        // 4 GiB, of which 3 are used; 1 of those can be let go.
        assert_eq!(available_below(root.path()), Some(2 * GIB));
    }

    #[test]
    fn groups_of_the_first_version_are_read_too() {
        let root = machine(&[
            ("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/x\n"),
            (
                "sys/fs/cgroup/memory/x/memory.limit_in_bytes",
                "1073741824\n",
            ),
            (
                "sys/fs/cgroup/memory/x/memory.usage_in_bytes",
                "536870912\n",
            ),
            (
                "sys/fs/cgroup/memory/memory.limit_in_bytes",
                "9223372036854771712\n",
            ),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "536870912\n"),
        ]);
        assert_eq!(available_below(root.path()), Some(GIB / 2));
    }
}
