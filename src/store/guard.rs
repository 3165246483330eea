//! sled panics in some places where it should return an error, for example when it reads a damaged page.
//! Here such a panic becomes an error.

use std::{
    any::Any,
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook},
    sync::Once,
};

thread_local! {
    /// Whether this thread is inside [`catch_panic`], so that its panics are not printed.
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Calls sled and returns its result, or what to say about its panic. The message of the panic is about the
/// inside of sled, so it goes to the log only.
pub(super) fn catch_panic<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_GUARDED.get() {
                print(panic);
            }
        }));
    });
    let was_guarded = IS_GUARDED.replace(true);
    // What sled leaves behind is not used: the store refuses writes after any error of sled, and its
    // records have checksums.
    let result = catch_unwind(AssertUnwindSafe(call));
    IS_GUARDED.set(was_guarded);
    result.map_err(|panic| {
        tracing::debug!(cause = message(panic.as_ref()), "sled panicked");
        "a part of sled's log cannot be read".to_owned()
    })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::{catch_panic, message};

    #[test]
    fn a_panic_becomes_an_error() {
        assert_eq!(catch_panic(|| 3), Ok(3));
        let panicked = catch_panic(|| -> u8 { panic!("tried to serialize Uninitialized") });
        assert_eq!(panicked, Err("a part of sled's log cannot be read".to_owned()));
        assert_eq!(message(&"text"), "text");
        assert_eq!(message(&"string".to_owned()), "string");
        assert_eq!(message(&7), "no message");
    }
}
