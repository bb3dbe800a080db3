//! A whole provider: one resource, a text file. The README of the crate shows this file.

use std::io::ErrorKind;
use std::process::ExitCode;

use tf_provider::plugin::Options;
use tf_provider::resource::{Applied, CreateRequest, DeleteRequest, ReadRequest, ReadResponse, UpdateRequest};
use tf_provider::schema::{Attribute, Block};
use tf_provider::{
    Attr, ConfigureRequest, Diagnostic, Diagnostics, Failed, Model, Private, Provider, Resource, Resources, Schema,
};

type Written = Result<Applied<Note, ()>, Failed>;
type Found = Result<ReadResponse<Note, ()>, Failed>;

struct Notes;

#[derive(Clone, Model)]
struct Config {}

impl Provider for Notes {
    type Config = Config;

    fn schema(&self) -> Schema {
        Schema::new(Block::new())
    }

    fn resources(&self) -> Resources {
        Resources::new().with(File)
    }

    async fn configure(&self, _: ConfigureRequest<Config>, _: &mut Diagnostics) -> Result<(), Failed> {
        Ok(())
    }
}

struct File;

#[derive(Clone, Model)]
struct Note {
    path: Attr<String>,
    content: Attr<String>,
}

impl File {
    fn write(note: Note, private: Private, diagnostics: &mut Diagnostics) -> Written {
        let (path, content) = (note.path.as_str().unwrap_or_default(), note.content.as_str().unwrap_or_default());
        std::fs::write(path, content).map_err(|error| {
            diagnostics.fail(Diagnostic::error("Note was not written", error.to_string()).at("path"))
        })?;
        Ok(Applied { state: note, private, identity: None })
    }
}

impl Resource for File {
    type Model = Note;
    type Identity = ();

    fn type_name(&self) -> &'static str {
        "notes_file"
    }

    fn schema(&self) -> Schema {
        let path = Attribute::string("path").required().requires_replace().description("Path of the file.");
        let content = Attribute::string("content").default("").description("Text. Defaults to an empty file.");
        Schema::new(Block::new().attribute(path).attribute(content))
    }

    async fn read(&self, request: ReadRequest<Note, ()>, diagnostics: &mut Diagnostics) -> Found {
        let ReadRequest { mut state, private, .. } = request;
        let state = match std::fs::read_to_string(state.path.as_str().unwrap_or_default()) {
            Ok(content) => {
                state.content = content.into();
                Some(state)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(diagnostics.fail(Diagnostic::error("Note was not read", error.to_string()))),
        };
        Ok(ReadResponse { state, private, identity: None })
    }

    async fn create(&self, request: CreateRequest<Note, ()>, diagnostics: &mut Diagnostics) -> Written {
        Self::write(request.planned, request.private, diagnostics)
    }

    async fn update(&self, request: UpdateRequest<Note, ()>, diagnostics: &mut Diagnostics) -> Written {
        Self::write(request.planned, request.private, diagnostics)
    }

    async fn delete(&self, request: DeleteRequest<Note, ()>, diagnostics: &mut Diagnostics) -> Result<(), Failed> {
        std::fs::remove_file(request.prior.path.as_str().unwrap_or_default())
            .map_err(|error| diagnostics.fail(Diagnostic::error("Note was not removed", error.to_string())))
    }
}

fn main() -> ExitCode {
    let address = "registry.terraform.io/example/notes";
    tf_provider::serve(Notes, Options { address, name: "terraform-provider-notes", version: "0.1.0" })
}
