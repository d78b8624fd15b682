//! How the frames of the WebSocket are described: `{id, event, data, at}`, one schema an event.

use std::collections::BTreeMap;

use domain::{events::Event, measurements::StepMetrics};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Discriminator, KnownFormat, Object, OneOfBuilder, Ref, RefOr, Schema, SchemaFormat, Type,
    },
};

/// The frames, each told from the others by `event`. Only for the description.
pub struct Frame;

impl PartialSchema for Frame {
    fn schema() -> RefOr<Schema> {
        let names: Vec<String> = frames().into_iter().map(|(name, _)| name).collect();
        let mut discriminator = Discriminator::new("event");
        let mut frames_of = OneOfBuilder::new().description(Some(
            "One frame of the WebSocket. `id` grows from event to event.",
        ));
        for event in names {
            let reference = Ref::from_schema_name(schema_name(&event));
            discriminator
                .mapping
                .insert(event, reference.ref_location.clone());
            frames_of = frames_of.item(reference);
        }
        RefOr::T(frames_of.discriminator(Some(discriminator)).into())
    }
}

impl ToSchema for Frame {
    fn name() -> std::borrow::Cow<'static, str> {
        "Event".into()
    }
}

/// Adds the schema of every frame.
pub fn describe(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    schemas.extend(
        frames()
            .into_iter()
            .map(|(event, frame)| (schema_name(&event), frame)),
    );
}

/// By the events' names: what an event is on the wire, with its id and time.
fn frames() -> Vec<(String, RefOr<Schema>)> {
    let RefOr::T(Schema::OneOf(events)) = Event::schema() else {
        return Vec::new();
    };
    events.items.into_iter().filter_map(frame).collect()
}

fn frame(event: RefOr<Schema>) -> Option<(String, RefOr<Schema>)> {
    let RefOr::T(Schema::Object(mut event)) = event else {
        return None;
    };
    let RefOr::T(Schema::Object(tag)) = event.properties.get("event")? else {
        return None;
    };
    let name = tag.enum_values.as_ref()?.first()?.as_str()?.to_owned();
    let id = Object::builder()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .description(Some(
            "Its place in the user's order: pass it as `since` to go on after it.",
        ));
    let at = Object::builder()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .description(Some("When it happened, by the database's clock."));
    if let Some(data) = event.properties.get_mut("data") {
        flatten(data);
    }
    event.properties.insert("id".into(), id.into());
    event.properties.insert("at".into(), at.into());
    event.required.extend(["id".into(), "at".into()]);
    Some((name, event.into()))
}

/// What is flattened into the data, and may be missing, stands among its fields. utoipa describes it as something that must be
/// there, or the whole must be null.
fn flatten(data: &mut RefOr<Schema>) {
    let RefOr::T(Schema::AllOf(all_of)) = &*data else {
        return;
    };
    let mut whole = Object::new();
    whole.description.clone_from(&all_of.description);
    for part in &all_of.items {
        match part {
            RefOr::T(Schema::Object(fields)) => {
                whole.properties.extend(fields.properties.clone());
                whole.required.extend(fields.required.clone());
            }
            _ => {
                if let RefOr::T(Schema::Object(step)) = StepMetrics::schema() {
                    whole.properties.extend(step.properties);
                }
            }
        }
    }
    *data = RefOr::T(Schema::Object(whole));
}

/// `TrainingProgressEvent` for `training:progress`.
fn schema_name(event: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    };
    let words: String = event.split(':').map(capital).collect();
    format!("{words}Event")
}
