//! Works on many objects at once, each after those it depends on.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::control::Control;

/// The work on one object: whether it succeeded, and what came of it.
pub(super) type Work<T> = Pin<Box<dyn Future<Output = (bool, T)> + Send>>;

/// Objects and what each of them waits for; unknown names in there are ignored.
pub(super) type Dependencies = BTreeMap<String, BTreeSet<String>>;

/// Runs the work on every object. Objects whose dependencies failed are left out, and so is everything still unfinished when the
/// command is aborted.
pub(super) async fn run<T: Send + 'static>(
    objects: &Dependencies,
    parallelism: usize,
    control: &Control,
    work: impl Fn(&str) -> Work<T>,
) -> BTreeMap<String, T> {
    let limit = Arc::new(Semaphore::new(parallelism));
    let done: BTreeMap<&String, watch::Sender<Option<bool>>> =
        objects.keys().map(|name| (name, watch::Sender::new(None))).collect();
    let mut tasks = JoinSet::new();
    for (name, waits_for) in objects {
        let others = waits_for.iter().filter_map(|other| done.get(other)).map(watch::Sender::subscribe).collect();
        let (work, limit, finished) = (work(name), Arc::clone(&limit), done[name].clone());
        let name = name.clone();
        tasks.spawn(async move {
            let result = if succeeded(others).await {
                // The semaphore is never closed.
                let _permit = limit.acquire().await;
                Some(work.await)
            } else {
                None
            };
            finished.send_replace(Some(result.as_ref().is_some_and(|(fine, _)| *fine)));
            (name, result)
        });
    }
    let mut results = BTreeMap::new();
    let collect = async {
        while let Some(finished) = tasks.join_next().await {
            match finished {
                Ok((name, Some((_, result)))) => drop(results.insert(name, result)),
                Ok((_, None)) => {}
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
        }
    };
    tokio::select! {
        () = collect => {}
        () = control.aborted() => {}
    }
    results
}

/// The same objects in the opposite order, for destroying.
pub(super) fn reversed(objects: &Dependencies) -> Dependencies {
    let mut opposite: Dependencies = objects.keys().map(|name| (name.clone(), BTreeSet::new())).collect();
    for (name, waits_for) in objects {
        for other in waits_for {
            if let Some(waiting) = opposite.get_mut(other) {
                waiting.insert(name.clone());
            }
        }
    }
    opposite
}

async fn succeeded(others: Vec<watch::Receiver<Option<bool>>>) -> bool {
    for mut other in others {
        let finished = other.wait_for(Option::is_some).await.map(|fine| *fine == Some(true));
        if !finished.unwrap_or(false) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::engine::Engine;

    fn dependencies(pairs: &[(&str, &[&str])]) -> Dependencies {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        pairs.iter().map(|(name, others)| ((*name).to_owned(), set(others))).collect()
    }

    fn order(objects: &Dependencies, failing: &str) -> Vec<String> {
        let order = Arc::new(Mutex::new(Vec::new()));
        let engine = Engine::start();
        engine.run(run(objects, 10, &Control::new(), |name| {
            let (name, order, fine) = (name.to_owned(), Arc::clone(&order), name != failing);
            Box::pin(async move {
                order.lock().unwrap().push(name);
                (fine, ())
            })
        }));
        order.lock().unwrap().clone()
    }

    #[test]
    fn objects_wait_for_their_dependencies() {
        let objects = dependencies(&[("a", &["b"]), ("b", &["c", "gone"]), ("c", &[])]);
        assert_eq!(order(&objects, ""), ["c", "b", "a"]);
        assert_eq!(order(&reversed(&objects), ""), ["a", "b", "c"]);
    }

    #[test]
    fn dependents_of_a_failure_are_left_out() {
        assert_eq!(order(&dependencies(&[("a", &["b"]), ("b", &["c"]), ("c", &[]), ("d", &[])]), "c"), ["c", "d"]);
    }
}
