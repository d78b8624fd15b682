//! The OpenAPI description of every route. What follows from how an operation is asked (its refusals, its security) is
//! added here, so that no handler has to repeat it.

use std::collections::BTreeMap;

use utoipa::{
    OpenApi,
    openapi::{
        Content, OpenApi as Description, Ref, RefOr, Response, Type,
        path::{Operation, Parameter, ParameterIn},
        schema::{ArrayItems, KnownFormat, Schema, SchemaFormat, SchemaType},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_actix_web::{AppExt, scope};

use crate::{
    auth_user::{ACCESS_COOKIE, REFRESH_COOKIE},
    limits::{is_null, is_of},
    live_frames,
    problem::{CONTENT_TYPE, Problem},
    refusals::{header, refusal, refusals},
    routes::routes,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Avagar",
        description = "A self-hosted studio for Persian speech models. Errors are RFC 9457 problem documents."
    ),
    components(schemas(Problem)),
    security(("bearer" = []), ("cookie" = []))
)]
struct Outline;

/// The description of every route.
pub fn description() -> Description {
    let (_, mut api) = actix_web::App::new()
        .into_utoipa_app()
        .openapi(Outline::openapi())
        .service(scope("/api").configure(routes))
        .split_for_parts();
    let components = api.components.get_or_insert_default();
    components.responses.extend(refusals());
    components.security_schemes.extend(security_schemes());
    live_frames::describe(&mut components.schemas);
    require_clips_to_stop_early(&mut components.schemas);
    let mut bodies = Vec::new();
    for path in api.paths.paths.values_mut() {
        let operations = [
            (&mut path.get, false),
            (&mut path.post, true),
            (&mut path.put, true),
            (&mut path.delete, true),
        ];
        for (operation, changes) in operations {
            if let Some(operation) = operation {
                complete(operation, changes);
                bodies.extend(body_of(operation));
            }
        }
    }
    for body in bodies {
        if let Some(schema) = components.schemas.get_mut(&body) {
            refuse_nul(schema);
        }
    }
    api
}

/// The name of the schema of what an operation is sent.
fn body_of(operation: &Operation) -> Option<String> {
    let RefOr::T(body) = operation.request_body.as_ref()? else {
        return None;
    };
    let RefOr::T(content) = body.content.values().next()? else {
        return None;
    };
    match content.schema.as_ref()? {
        RefOr::Ref(reference) => reference.ref_location.rsplit('/').next().map(str::to_owned),
        RefOr::T(_) => None,
    }
}

/// PostgreSQL's text can't hold a NUL character, so none is taken in any text (`body.rs`, `middleware.rs`).
fn refuse_nul(schema: &mut RefOr<Schema>) {
    const NO_NUL: &str = r"^[^\x00]*$";
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            object.properties.values_mut().for_each(refuse_nul);
            let is_free = object.pattern.is_none()
                && object.enum_values.is_none()
                && matches!(
                    object.format,
                    None | Some(SchemaFormat::KnownFormat(KnownFormat::Password))
                );
            if is_free && is_of(object, &[Type::String]) {
                object.pattern = Some(NO_NUL.into());
            }
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                refuse_nul(items);
            }
        }
        _ => {}
    }
}

/// A rule of two fields, which no attribute can say: without clips to evaluate the voice on, nothing can stop it early.
fn require_clips_to_stop_early(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let forbidden = serde_json::json!({
        "required": ["earlyStopping", "validationSplit"],
        "properties": { "earlyStopping": { "type": "integer" }, "validationSplit": { "enum": [0] } },
    });
    if let Some(RefOr::T(Schema::Object(training))) = schemas.get_mut("NewTraining") {
        training.extensions = Some([("not", forbidden)].into_iter().collect());
    }
}

fn security_schemes() -> [(String, RefOr<SecurityScheme>); 3] {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An access token, as `accessToken` of a sign-in"))
        .build();
    let cookie = |name, description| {
        let cookie = ApiKeyValue::with_description(name, description);
        RefOr::T(SecurityScheme::ApiKey(ApiKey::Cookie(cookie)))
    };
    [
        ("bearer".into(), RefOr::T(SecurityScheme::Http(bearer))),
        (
            "cookie".into(),
            cookie(ACCESS_COOKIE, "The access token, as browsers keep it"),
        ),
        (
            "refresh".into(),
            cookie(REFRESH_COOKIE, "The refresh token, as browsers keep it"),
        ),
    ]
}

fn complete(operation: &mut Operation, changes: bool) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter {
            // What is omitted isn't there: there is no null in an address or a header.
            without_null(parameter);
            if let (ParameterIn::Query, Some(schema)) =
                (&parameter.parameter_in, &mut parameter.schema)
            {
                refuse_nul(schema);
            }
        }
    }
    for status in refusals_of(operation, changes) {
        let described = operation.responses.responses.entry(status.to_string());
        described.or_insert_with(|| refusal(status));
    }
    let whole = operation.responses.responses.get("200").cloned();
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else {
            continue;
        };
        match (status.as_str(), &whole) {
            // A part has the media type of the whole.
            ("206", Some(RefOr::T(whole))) => response.content.clone_from(&whole.content),
            ("202", _) => {
                let location = header(Type::String, "Where it is looked at");
                response
                    .headers
                    .insert("Location".into(), RefOr::T(location));
            }
            _ => as_problem(response),
        }
    }
}

/// The statuses that an operation may refuse with, by how it is asked.
fn refusals_of(operation: &Operation, changes: bool) -> Vec<u16> {
    let parameters = || operation.parameters.iter().flatten().filter_map(inline);
    let has = |place: ParameterIn| parameters().any(|parameter| parameter.parameter_in == place);
    let has_key = has(ParameterIn::Header);
    let is_public = operation.security == Some(vec![Default::default()]);
    let is_static = operation.operation_id.as_deref() == Some("showHealth");
    let reads_ranges = operation.responses.responses.contains_key("206");
    let has_body = operation.request_body.is_some();
    [
        (400, has_body || has_key),
        (401, !is_public),
        // Of a page of another origin.
        (403, changes),
        // With a key as well: what it gave the first time may be gone.
        (404, has(ParameterIn::Path) || has_key),
        (409, has_key),
        (413, has_body),
        (415, has_body),
        (416, reads_ranges),
        (422, has_body || has(ParameterIn::Query)),
        (500, !is_static),
        (503, !is_static),
    ]
    .into_iter()
    .filter_map(|(status, applies)| applies.then_some(status))
    .collect()
}

fn inline(parameter: &RefOr<Parameter>) -> Option<&Parameter> {
    match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    }
}

fn without_null(parameter: &mut Parameter) {
    match &mut parameter.schema {
        Some(RefOr::T(Schema::Object(object))) => {
            if let SchemaType::Array(types) = &mut object.schema_type {
                types.retain(|one| *one != Type::Null);
                if let [one] = types.as_slice() {
                    object.schema_type = SchemaType::Type(one.clone());
                }
            }
        }
        Some(RefOr::T(Schema::OneOf(one_of))) => {
            one_of.items.retain(|item| !is_null(item));
            if let [one] = one_of.items.as_slice() {
                parameter.schema = Some(one.clone());
            }
        }
        _ => {}
    }
}

/// Problem documents have a media type of their own.
fn as_problem(response: &mut Response) {
    let problem = RefOr::Ref(Ref::from_schema_name("Problem"));
    let is_problem = |content: &RefOr<Content>| matches!(content, RefOr::T(content) if content.schema.as_ref() == Some(&problem));
    if response
        .content
        .get("application/json")
        .is_some_and(is_problem)
        && let Some(content) = response.content.shift_remove("application/json")
    {
        response.content.insert(CONTENT_TYPE.into(), content);
    }
}
