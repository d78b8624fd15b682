//! The query of an address: read strictly, within the limits of its parameters.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode, web};
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::IntoParams;

use crate::{
    limits::violations,
    problem::{FieldError, Problem},
};

/// A checked query.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + IntoParams> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let parsed = parse(request.query_string());
        ready(parsed.map(Self).map_err(|problem| problem.at(request)))
    }
}

fn parse<T: DeserializeOwned + IntoParams>(query: &str) -> Result<T, Problem> {
    let invalid = |error| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("query: {error}"));
    let value = web::Query::<T>::from_query(query)
        .map_err(invalid)?
        .into_inner();
    let texts = web::Query::<Vec<(String, String)>>::from_query(query).map_err(invalid)?;
    let errors: Vec<FieldError> = T::into_params(|| None)
        .iter()
        .flat_map(|parameter| {
            let given = texts.iter().filter(|(name, _)| *name == parameter.name);
            given.filter_map(|(name, text)| Some((name, parameter.schema.as_ref()?, text)))
        })
        .flat_map(|(name, schema, text)| {
            violations(schema, &Value::String(text.clone()), &format!("/{name}"))
        })
        .collect();
    if errors.is_empty() {
        Ok(value)
    } else {
        Err(Problem::invalid(errors))
    }
}
