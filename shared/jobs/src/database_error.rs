//! Which of the database's refusals pass by themselves.

/// True where the same statement may succeed a moment later: the database or the way to it is away, another transaction
/// was in the way, or the statement was cut off by a timeout. Everything else (a violated constraint, data that PostgreSQL
/// can't hold, a missing table) is a fault of ours, and fails the same way however often it is tried.
pub fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|state| passes(&state)),
        _ => false,
    }
}

/// True where a lock was not to be had within the connection's `lock_timeout`.
pub fn is_lock_timeout(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| {
        error
            .code()
            .is_some_and(|state| state == LOCK_NOT_AVAILABLE)
    })
}

const LOCK_NOT_AVAILABLE: &str = "55P03";

/// By SQLSTATE, as in PostgreSQL's appendix «Error Codes».
fn passes(sqlstate: &str) -> bool {
    match sqlstate {
        // The statement was cut off, or a lock was not to be had in time.
        "57014" | LOCK_NOT_AVAILABLE => true,
        // The server goes down, has crashed, or doesn't take connections yet.
        "57P01" | "57P02" | "57P03" => true,
        // The server has ended a connection or a transaction that rested for too long.
        "57P05" | "25P03" | "25P04" => true,
        // Connections, rollbacks for others' sake, resources, and the system below.
        _ => ["08", "40", "53", "58"]
            .iter()
            .any(|class| sqlstate.starts_with(class)),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use sqlx::error::{DatabaseError, ErrorKind};

    use super::*;

    /// An error of the server, with its SQLSTATE.
    #[derive(Debug)]
    struct Said(&'static str);

    impl std::fmt::Display for Said {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }

    impl std::error::Error for Said {}

    impl DatabaseError for Said {
        fn message(&self) -> &str {
            self.0
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.into())
        }

        fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    fn unavailable(sqlstate: &'static str) -> bool {
        is_unavailable(&sqlx::Error::Database(Box::new(Said(sqlstate))))
    }

    #[test]
    fn what_passes_by_itself_is_unavailable() {
        for sqlstate in [
            "08000", "08001", "08006", "40001", "40P01", "53100", "53200", "53300", "57014",
            "57P01", "57P02", "57P03", "57P05", "55P03", "25P03", "25P04", "58000", "58030",
        ] {
            assert!(unavailable(sqlstate), "{sqlstate}");
        }
        assert!(is_unavailable(&sqlx::Error::PoolTimedOut));
        assert!(is_unavailable(&sqlx::Error::PoolClosed));
        assert!(is_unavailable(&sqlx::Error::WorkerCrashed));
        assert!(is_unavailable(&sqlx::Error::Protocol("?".into())));
        assert!(is_unavailable(&sqlx::Error::Io(std::io::Error::other(
            "reset"
        ))));
    }

    #[test]
    fn a_lock_that_was_not_to_be_had_is_told_apart() {
        for (sqlstate, locked) in [("55P03", true), ("55000", false), ("57014", false)] {
            let error = sqlx::Error::Database(Box::new(Said(sqlstate)));
            assert_eq!(is_lock_timeout(&error), locked, "{sqlstate}");
        }
        assert!(!is_lock_timeout(&sqlx::Error::PoolTimedOut));
    }

    #[test]
    fn what_fails_the_same_way_every_time_is_not() {
        for sqlstate in [
            "21000", "22001", "22003", "22021", "22P02", "22P05", "23502", "23503", "23505",
            "23514", "25006", "25P02", "28P01", "3D000", "42501", "42601", "42703", "42P01",
            "55000", "57000", "P0001", "XX000",
        ] {
            assert!(!unavailable(sqlstate), "{sqlstate}");
        }
        assert!(!is_unavailable(&sqlx::Error::RowNotFound));
        assert!(!is_unavailable(&sqlx::Error::ColumnNotFound("x".into())));
        assert!(!is_unavailable(&sqlx::Error::Decode("x".into())));
        assert!(!is_unavailable(&sqlx::Error::Encode("x".into())));
    }
}
