//! A file on its way into a bucket, part by part.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use futures::future::join_all;
use object_store::{
    Error as StoreError, MultipartId, ObjectStoreExt, PutPayload, multipart::PartId,
    path::Path as Key,
};

use super::backend::Bucket;
use crate::Result;

/// Of all parts but the last: the least that S3 takes, and some stores want them all alike. S3 takes 10,000 parts of a file.
const PART_BYTES: usize = 5 << 20;
/// Sent side by side; a smaller file needs no parts.
const PARTS_AT_ONCE: usize = 4;

/// What could not be sent stays here, and the next call sends it again.
pub(super) struct Parts {
    store: Arc<dyn Bucket>,
    key: Key,
    /// None as long as the file may still be small enough for one request.
    id: Option<MultipartId>,
    /// The beginning of the next part.
    buffer: Vec<u8>,
    waiting: BTreeMap<usize, Bytes>,
    sent: BTreeMap<usize, PartId>,
    size_bytes: u64,
}

impl Parts {
    pub(super) fn new(store: Arc<dyn Bucket>, key: Key) -> Self {
        Self {
            store,
            key,
            id: None,
            buffer: Vec::new(),
            waiting: BTreeMap::new(),
            sent: BTreeMap::new(),
            size_bytes: 0,
        }
    }

    /// Appends bytes. They are taken also where sending fails.
    pub(super) async fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.size_bytes += bytes.len() as u64;
        while !bytes.is_empty() {
            let room = PART_BYTES - self.buffer.len();
            let (taken, rest) = bytes.split_at(room.min(bytes.len()));
            self.buffer.extend_from_slice(taken);
            bytes = rest;
            if self.buffer.len() == PART_BYTES {
                self.end_part();
            }
        }
        if self.waiting.len() >= PARTS_AT_ONCE {
            self.send().await?;
        }
        Ok(())
    }

    fn end_part(&mut self) {
        let number = self.sent.len() + self.waiting.len();
        let part = std::mem::take(&mut self.buffer);
        self.waiting.insert(number, part.into());
    }

    /// Sends the parts that wait.
    async fn send(&mut self) -> Result<()> {
        let id = match &mut self.id {
            Some(id) => &*id,
            none => none.insert(self.store.create_multipart(&self.key).await?),
        };
        let (store, key) = (&self.store, &self.key);
        let sending = self.waiting.iter().map(|(&number, part)| async move {
            let payload = PutPayload::from_bytes(part.clone());
            (number, store.put_part(key, id, number, payload).await)
        });
        let mut failed = None;
        for (number, sent) in join_all(sending).await {
            match sent {
                Ok(part) => {
                    self.waiting.remove(&number);
                    self.sent.insert(number, part);
                }
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Makes the file appear. Where it fails, it can be called again.
    pub(super) async fn finish(&mut self) -> Result<()> {
        if self.id.is_none() {
            let parts = self.waiting.values().cloned();
            let payload = parts
                .chain([Bytes::copy_from_slice(&self.buffer)])
                .collect();
            self.store.put(&self.key, payload).await?;
            return Ok(());
        }
        if !self.buffer.is_empty() {
            self.end_part();
        }
        if !self.waiting.is_empty() {
            self.send().await?;
        }
        let Some(id) = &self.id else { return Ok(()) };
        let parts = self.sent.values().cloned().collect();
        let completed = self.store.complete_multipart(&self.key, id, parts).await;
        let Err(error) = completed else { return Ok(()) };
        // It may have been completed, and the response was lost: then the next try finds no upload of this id.
        match self.store.head(&self.key).await {
            Ok(found) if found.size == self.size_bytes => Ok(()),
            _ => Err(error.into()),
        }
    }

    pub(super) async fn abort(self) -> Result<()> {
        let Some(id) = &self.id else { return Ok(()) };
        match self.store.abort_multipart(&self.key, id).await {
            Err(StoreError::NotFound { .. }) => Ok(()),
            aborted => Ok(aborted?),
        }
    }
}
