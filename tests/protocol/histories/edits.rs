//! What a user does to the configuration: edits of a block, and another name for a resource.

use super::arguments::address;
use super::scenario::Scenario;
use super::step::Edit;

impl Scenario {
    pub(super) fn edit(&mut self, slot: usize, edit: &Edit) {
        match edit {
            Edit::Write(block) => self.blocks[slot] = Some((**block).clone()),
            Edit::Delete => self.blocks[slot] = None,
            edit => {
                let Some(block) = &mut self.blocks[slot] else { return };
                match edit {
                    Edit::Source(source) => block.source = *source,
                    Edit::Destination(destination) => block.destination = *destination,
                    Edit::Host(host) => block.host = *host,
                    Edit::Drop(drop) => block.drop_enabled = *drop,
                    Edit::WaitForReady(wait) => block.wait_for_ready = *wait,
                    Edit::Cutover(cutover) => block.cutover = *cutover,
                    Edit::Validate(validate) => block.validate = *validate,
                    Edit::Password(password) => block.password = *password,
                    Edit::Sharding(sharding) => block.sharding = *sharding,
                    Edit::Network(network) => block.network = *network,
                    Edit::Hurry(hurry) => block.hurry = *hurry,
                    Edit::Unknown(unknown) => block.unknown = *unknown,
                    Edit::Lifecycle(lifecycle) => block.lifecycle = *lifecycle,
                    Edit::WaitsForNext(waits) => block.waits_for_next = *waits,
                    Edit::Ignored(ignored) => block.ignored = *ignored,
                    Edit::Null(null) => block.null = *null,
                    Edit::Actions(actions) => block.actions = *actions,
                    Edit::Write(_) | Edit::Delete => {}
                }
            }
        }
    }

    pub(super) fn rename(&mut self, from: usize, to: usize, moved: bool) {
        if from == to || self.blocks[to].is_some() {
            return;
        }
        self.blocks[to] = self.blocks[from].take();
        let (from, to) = (address(from), address(to));
        if moved && self.state.contains(&from) && !self.state.contains(&to) {
            self.state.mv(&from, &to);
        }
    }
}
