//! The handle on a running server.

use std::io;
use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::serve::{accept, listen};
use crate::world::handle::World;
use crate::world::setup::Setup;

/// A running S3 server on 127.0.0.1; it stops when this is dropped.
///
/// It is a [`World`] on a socket: all methods of that work here too.
#[derive(Debug)]
pub struct Sim {
    world: World,
    port: u16,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Deref for Sim {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Sim {
    /// Starts a server on the current Tokio runtime.
    ///
    /// # Errors
    /// The port cannot be listened on.
    pub async fn start(setup: Setup) -> io::Result<Self> {
        let port = setup.port;
        Self::serve(World::new(setup), port).await
    }

    /// Puts a store on a port of 127.0.0.1, on the current Tokio runtime; 0 lets the system choose.
    ///
    /// # Errors
    /// The port cannot be listened on.
    pub async fn serve(world: World, port: u16) -> io::Result<Self> {
        let listener = listen(port).await?;
        let port = listener.local_addr()?.port();
        let (stop, stopped) = watch::channel(false);
        let accepting = tokio::spawn(accept(listener, Arc::clone(&world.shared), stopped));
        Ok(Self {
            world,
            port,
            stop,
            accepting,
        })
    }

    /// The URL of the server: `http://127.0.0.1:PORT`, or `http://localhost:PORT` if it wants buckets in front of that.
    pub fn endpoint(&self) -> String {
        let host = match self.world.shared.habits.refusals.paths {
            Some(_) => "localhost",
            None => "127.0.0.1",
        };
        format!("http://{host}:{}", self.port)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Waits until the server ends, which it does only with its runtime.
    pub async fn wait(&mut self) {
        // Cancelled or not, it has ended.
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Sim {
    /// Stops listening; connections end after the request that they are at.
    fn drop(&mut self) {
        // No receiver is left if the runtime has ended already.
        let _ = self.stop.send(true);
        self.accepting.abort();
    }
}
