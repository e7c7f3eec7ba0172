//! An object that an abort has doomed on Ceph, and what saves it.

use partsweep_sim::{Data, Habits, Sim, Versioning, World};

use crate::client::Ask;
use crate::{ask, copy, delete, get, start, uploaded};

/// Ceph with an object that an abort has crossed while it was completed.
async fn with_doomed_object() -> Sim {
    let sim = start(Habits::ceph()).await;
    doom(&sim);
    sim
}

fn doom(world: &World) {
    let id = world.create_upload("b", "k").unwrap();
    world.put_part("b", "k", &id, 1, 70).unwrap();
    let complete = world.begin_complete("b", "k", &id).unwrap();
    world.abort("b", "k", &id).unwrap();
    drop(complete);
    assert_eq!(world.object("b", "k").unwrap().data, Data::Doomed);
}

fn data(sim: &Sim) -> Data {
    sim.object("b", "k").unwrap().data
}

async fn done(sim: &Sim, request: Ask) {
    let told = request.send(sim).await;
    assert_eq!(told.status, 200, "{}", told.body);
}

#[tokio::test]
async fn a_copy_to_a_spare_key_and_back_saves_it() {
    let sim = with_doomed_object().await;
    done(&sim, copy(&sim, "k", "spare")).await;
    done(&sim, copy(&sim, "spare", "k")).await;
    assert_eq!(delete(&sim, "/b/spare").await.status, 204);
    assert_eq!(sim.collect_garbage(), 0);
    assert_eq!(data(&sim), Data::Whole);
    assert_eq!(get(&sim, "/b/k").await.body.len(), 70);
    assert_eq!(sim.objects("b").len(), 1);
}

#[tokio::test]
async fn a_copy_alone_keeps_it_only_while_the_copy_is_there() {
    let sim = with_doomed_object().await;
    done(&sim, copy(&sim, "k", "spare")).await;
    assert_eq!((sim.collect_garbage(), data(&sim)), (0, Data::Borrowed));
    delete(&sim, "/b/spare").await;
    assert_eq!((sim.collect_garbage(), data(&sim)), (1, Data::Collected));
}

#[tokio::test]
async fn a_copy_onto_itself_and_a_new_acl_do_not_save_it() {
    let sim = with_doomed_object().await;
    let replacing = copy(&sim, "k", "k").header("x-amz-metadata-directive", "REPLACE");
    done(&sim, replacing).await;
    let acl = ask(&sim, "PUT", "/b/k?acl").header("x-amz-acl", "private");
    done(&sim, acl).await;
    assert_eq!((sim.collect_garbage(), data(&sim)), (1, Data::Collected));
}

#[tokio::test]
async fn in_a_bucket_with_versions_a_copy_onto_itself_saves_the_new_version() {
    let sim = start(Habits::ceph()).await;
    sim.set_versioning("b", Versioning::Enabled).unwrap();
    doom(&sim);
    let replacing = copy(&sim, "k", "k").header("x-amz-metadata-directive", "REPLACE");
    done(&sim, replacing).await;
    assert_eq!((sim.collect_garbage(), data(&sim)), (0, Data::Whole));
}

#[tokio::test]
async fn parts_copied_onto_it_save_it() {
    let sim = with_doomed_object().await;
    let id = sim.create_upload("b", "k").unwrap();
    let part = ask(&sim, "PUT", format!("/b/k?partNumber=1&uploadId={id}"))
        .header("x-amz-copy-source", "b/k");
    done(&sim, part).await;
    sim.complete("b", "k", &id).unwrap();
    assert_eq!((sim.collect_garbage(), data(&sim)), (0, Data::Whole));
}

#[tokio::test]
async fn what_is_collected_can_be_neither_read_nor_copied() {
    let sim = with_doomed_object().await;
    assert_eq!(sim.collect_garbage(), 1);
    let gone = (404, "NoSuchKey");
    assert_eq!(get(&sim, "/b/k").await.code(), gone);
    assert_eq!(copy(&sim, "k", "spare").send(&sim).await.code(), gone);
    let id = sim.create_upload("b", "k").unwrap();
    let part = ask(&sim, "PUT", format!("/b/k?partNumber=1&uploadId={id}"))
        .header("x-amz-copy-source", "b/k");
    assert_eq!(part.send(&sim).await.code(), gone);
    let head = ask(&sim, "HEAD", "/b/k").send(&sim).await;
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some("70"))
    );
}

#[tokio::test]
async fn an_abort_that_comes_late_harms_what_its_complete_made_and_nothing_else() {
    let sim = start(Habits::ceph()).await;
    let id = uploaded(&sim, "k");
    let mut complete = sim.begin_complete("b", "k", &id).unwrap();
    complete.link();
    // Another client overwrites it before the first one is answered.
    sim.put_object("b", "k", 5).unwrap();
    sim.abort("b", "k", &id).unwrap_err();
    delete(&sim, format!("/b/k?uploadId={id}")).await;
    drop(complete);
    assert_eq!((sim.collect_garbage(), data(&sim)), (0, Data::Whole));
}
