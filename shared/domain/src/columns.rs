//! Numbers for PostgreSQL's columns, which are signed.

use std::fmt::Display;

use crate::{Error, Result};

/// A number for a column of type `bigint`.
///
/// # Errors
/// [`Error::Internal`] where it is out of range, with what it counts.
pub fn bigint<N: TryInto<i64> + Copy + Display>(number: N, of: &str) -> Result<i64> {
    let out_of_range = |_| Error::Internal(format!("{of}: {number} is out of bigint's range"));
    number.try_into().map_err(out_of_range)
}

/// A number for a column of type `integer`.
///
/// # Errors
/// [`Error::Internal`] where it is out of range, with what it counts.
pub fn integer<N: TryInto<i32> + Copy + Display>(number: N, of: &str) -> Result<i32> {
    let out_of_range = |_| Error::Internal(format!("{of}: {number} is out of integer's range"));
    number.try_into().map_err(out_of_range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_a_column_cannot_hold_is_refused_by_what_it_counts() {
        assert_eq!(bigint(7_u64, "bytes").unwrap(), 7);
        let error = bigint(u64::MAX, "bytes").unwrap_err().to_string();
        assert!(error.contains("bytes: 18446744073709551615"), "{error}");
        assert!(integer(u32::MAX, "limit").is_err());
    }
}
