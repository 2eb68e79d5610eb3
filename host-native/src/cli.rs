//! OpenSSL, as the host asks for it.
use s_server_core::options::{Build, ProviderParameter, World};
use s_server_core::sink::Sink;
use s_server_core::{Plan, Server, StartError};
use s_server_hosting::listen::Failure;
use s_server_hosting::{End, KeyLog, Loaded, Program, Starting, clock, passphrase};
use s_server_openssl::{self as openssl, Environment, OpensslContext, Questions};

/// The program `s_server`.
pub struct Openssl;

impl Program for Openssl {
    type Service = Server;

    fn build(&self) -> Build {
        openssl::build()
    }

    fn library(&mut self) -> &mut dyn World {
        self
    }

    fn version(&self) -> String {
        let (own, library) = (env!("CARGO_PKG_VERSION"), openssl::version());
        let how = if openssl::IS_BUNDLED { "bundled" } else { "of the system" };
        format!("s_server {own}\nTLS by {library}, {how}\n")
    }

    fn answers(&self) -> &str {
        openssl::version()
    }

    /// The key log is opened in the original's order of messages.
    fn load(&mut self, start: Starting<'_>) -> Result<Loaded<Server>, End> {
        let Plan { tls, .. } = &*start.plan.connection;
        if let Some(query) = &tls.properties {
            openssl::set_properties(query);
        }
        let mut key_log = None;
        let server = start.server(|out| {
            let mut open = |path: &[u8], out: &mut dyn Sink| {
                key_log = Some(KeyLog::start(path, openssl::KEY_LOG_HEADER, out)?);
                Ok(())
            };
            let mut environment = Environment::default();
            environment.pass_phrases = passphrase::read_both(tls.pass.as_deref(), tls.second_pass.as_deref())?;
            environment.questions = Questions::Console;
            environment.wall = clock::wall();
            environment.open_key_log = Some(&mut open);
            OpensslContext::new(&start.plan.connection, environment, out)
        })?;
        Ok(Loaded::new(server, key_log))
    }

    fn on_not_listening(&self, why: &Failure) -> Vec<u8> {
        match why {
            Failure::Lookup(text) => openssl::lookup_failure(text),
            Failure::Socket { call, error, .. } => {
                openssl::socket_failure(*call, error.raw_os_error().unwrap_or_default())
            }
            Failure::NoUnixSockets | Failure::Short(_) => Vec::new(),
        }
    }

    fn write_random(&mut self, file: &[u8]) -> Result<(), StartError> {
        openssl::write_rand(file)
    }
}

impl World for Openssl {
    fn note(&mut self, _: &[u8]) {}

    fn is_directory(&mut self, _: &[u8]) -> bool {
        false
    }

    fn load_engine(&mut self, name: &[u8]) -> Vec<u8> {
        openssl::load_engine(name)
    }

    fn takes_parameter(&mut self, name: &'static str, value: &[u8]) -> bool {
        openssl::takes_parameter(name, value)
    }

    fn seed_random(&mut self, list: &[u8]) -> Result<(), Vec<u8>> {
        openssl::load_rand(list).map_err(Into::into)
    }

    fn set_provider_path(&mut self, path: &[u8]) {
        openssl::set_provider_path(path);
    }

    fn load_provider(&mut self, name: &[u8]) -> Result<(), Vec<u8>> {
        openssl::load_provider(name).map_err(Into::into)
    }

    fn set_provider_parameter(&mut self, parameter: &ProviderParameter<'_>) -> Result<(), Vec<u8>> {
        openssl::set_provider_parameter(parameter).map_err(Into::into)
    }
}
