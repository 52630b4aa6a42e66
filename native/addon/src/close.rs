use napi::{Env, Result, Task};

/// Waits for an engine's thread, away from the JavaScript thread.
pub struct Close(Box<dyn Fn() + Send>);

impl Close {
    pub fn new(close: impl Fn() + Send + 'static) -> Self {
        Self(Box::new(close))
    }
}

impl Task for Close {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<()> {
        (self.0)();
        Ok(())
    }

    fn resolve(&mut self, _env: Env, (): ()) -> Result<()> {
        Ok(())
    }
}
