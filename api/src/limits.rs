//! The limits that a schema states, enforced: least and most of numbers, lengths of texts and lists. They stand in
//! `#[schema(…)]` and `#[param(…)]` alone; the description tells them to clients, and the page reads them there.
//!
//! Patterns are only described: what they stand for is checked by the type that is read, or by garde.

use serde_json::Value;
use utoipa::{
    Number,
    openapi::{
        RefOr, Schema, Type,
        schema::{ArrayItems, Object, SchemaType},
    },
};

use crate::problem::{FieldError, FieldProblem};

/// Every value below `pointer` that is outside of its limits.
pub fn violations(schema: &RefOr<Schema>, value: &Value, pointer: &str) -> Vec<FieldError> {
    let RefOr::T(schema) = schema else {
        // A named schema, such as an id or an enum, is checked when it is read.
        return Vec::new();
    };
    match (schema, value) {
        (_, Value::Null) => Vec::new(),
        (Schema::OneOf(one_of), _) => any_of(&one_of.items, value, pointer),
        (Schema::Object(object), Value::Object(fields)) => {
            let known = fields
                .iter()
                .filter_map(|(name, value)| Some((name, object.properties.get(name)?, value)));
            known
                .flat_map(|(name, schema, value)| {
                    violations(schema, value, &format!("{pointer}/{name}"))
                })
                .collect()
        }
        // serde reads an object from an array as well, field by field.
        (Schema::Object(object), _) if !object.properties.is_empty() => {
            vec![error(pointer, "expected an object".into())]
        }
        (Schema::Array(array), Value::Array(items)) => {
            let (min, max) = (array.min_items, array.max_items);
            let mut found = outside(items.len(), min, max, "entries", pointer);
            if let ArrayItems::RefOrSchema(schema) = &array.items {
                found.extend(items.iter().enumerate().flat_map(|(index, item)| {
                    violations(schema, item, &format!("{pointer}/{index}"))
                }));
            }
            found
        }
        (Schema::Object(object), Value::Number(_) | Value::String(_)) => {
            of_a_value(object, value, pointer)
        }
        _ => Vec::new(),
    }
}

fn of_a_value(object: &Object, value: &Value, pointer: &str) -> Vec<FieldError> {
    // In an address, numbers are texts.
    let number = match value {
        Value::String(text) if is_number(object) => text.parse().ok(),
        value => value.as_f64(),
    };
    match (&object.enum_values, number, value) {
        (Some(values), Some(_), _) if !values.contains(value) => {
            let values: Vec<String> = values.iter().map(Value::to_string).collect();
            let detail = format!("expected {}, got {value}", values.join(" or "));
            vec![error(pointer, detail)]
        }
        (None, Some(number), _) => out_of_range(object, number, pointer).into_iter().collect(),
        (None, None, Value::String(text)) => {
            let (min, max) = (object.min_length, object.max_length);
            outside(text.chars().count(), min, max, "characters", pointer)
        }
        _ => Vec::new(),
    }
}

/// Of alternatives, one has to fit; what is wrong is told of all of them.
fn any_of(alternatives: &[RefOr<Schema>], value: &Value, pointer: &str) -> Vec<FieldError> {
    let mut details = Vec::new();
    for schema in alternatives {
        let found = violations(schema, value, pointer);
        if found.is_empty() && !is_null(schema) {
            return Vec::new();
        }
        details.extend(found.into_iter().map(|error| error.detail));
    }
    if details.is_empty() {
        return Vec::new();
    }
    vec![error(pointer, details.join(", or "))]
}

/// Whether it is the schema of null.
pub fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if is_of(object, &[Type::Null]))
}

fn is_number(object: &Object) -> bool {
    is_of(object, &[Type::Integer, Type::Number])
}

/// Whether it may be of one of these types.
pub fn is_of(object: &Object, types: &[Type]) -> bool {
    match &object.schema_type {
        SchemaType::Type(one) => types.contains(one),
        SchemaType::Array(several) => several.iter().any(|one| types.contains(one)),
        SchemaType::AnyValue => false,
    }
}

fn out_of_range(object: &Object, number: f64, pointer: &str) -> Option<FieldError> {
    let (min, max) = (&object.minimum, &object.maximum);
    let is_below = min.as_ref().is_some_and(|min| number < float(min));
    let is_above = max.as_ref().is_some_and(|max| number > float(max));
    let [shown_min, shown_max] = [min, max].map(|limit| limit.as_ref().map(show));
    (is_below || is_above).then(|| {
        let expected = expected(shown_min, shown_max);
        error(pointer, format!("expected {expected}, got {number}"))
    })
}

fn outside(
    length: usize,
    min: Option<usize>,
    max: Option<usize>,
    unit: &str,
    pointer: &str,
) -> Vec<FieldError> {
    if min.unwrap_or(0) <= length && length <= max.unwrap_or(usize::MAX) {
        return Vec::new();
    }
    let expected = expected(
        min.filter(|min| *min > 0).map(|min| min.to_string()),
        max.map(|max| max.to_string()),
    );
    vec![error(
        pointer,
        format!("expected {expected} {unit}, got {length}"),
    )]
}

fn expected(min: Option<String>, max: Option<String>) -> String {
    match (min, max) {
        (Some(min), Some(max)) if min == max => min,
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, max) => format!("at most {}", max.unwrap_or_default()),
    }
}

fn error(pointer: &str, detail: String) -> FieldError {
    FieldError::new(pointer, FieldProblem::Invalid, detail)
}

/// All limits are far below 2^53, or are that.
fn float(number: &Number) -> f64 {
    match *number {
        Number::Int(number) => number as f64,
        Number::UInt(number) => number as f64,
        Number::Float(number) => number,
    }
}

fn show(number: &Number) -> String {
    match number {
        Number::Int(number) => number.to_string(),
        Number::UInt(number) => number.to_string(),
        Number::Float(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use utoipa::{PartialSchema, ToSchema};

    use super::*;

    #[derive(ToSchema)]
    #[allow(dead_code, reason = "only its schema is used")]
    struct Order {
        #[schema(minimum = 1, maximum = 9)]
        count: u32,
        #[schema(minimum = 0.25)]
        speed: Option<f64>,
        #[schema(min_length = 1, max_length = 3)]
        name: Option<String>,
        #[schema(max_items = 1)]
        tags: Vec<String>,
    }

    fn found(value: &Value) -> Vec<(String, String)> {
        let errors = violations(&Order::schema(), value, "");
        errors
            .into_iter()
            .map(|error| (error.pointer, error.detail))
            .collect()
    }

    #[test]
    fn what_is_within_its_limits_passes() {
        for value in [
            json!({ "count": 1, "tags": [] }),
            json!({ "count": 9, "speed": null, "name": "آوا", "tags": ["a"] }),
            json!({ "count": 9, "speed": 0.25, "name": null, "tags": ["a"] }),
        ] {
            assert_eq!(found(&value), [], "{value}");
        }
    }

    #[test]
    fn every_value_outside_is_named_with_what_was_expected_and_got() {
        let value = json!({ "count": 10, "speed": 0.2, "name": "آواگر", "tags": ["a", "b"] });
        let expected = [
            ("/count", "expected 1 to 9, got 10"),
            ("/name", "expected 1 to 3 characters, got 5"),
            ("/speed", "expected at least 0.25, got 0.2"),
            ("/tags", "expected at most 1 entries, got 2"),
        ];
        assert_eq!(
            found(&json!([1, null, null, []])),
            [(String::new(), "expected an object".to_owned())]
        );
        assert_eq!(
            found(&value),
            expected.map(|(pointer, detail)| (pointer.to_owned(), detail.to_owned()))
        );
    }
}
