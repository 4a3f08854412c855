/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PersistentVolumes: where the bytes are. */
#include "ingest/field.h"
#include "ingest/kind.h"

static const char *const keep[] = {
    "spec.hostPath.*",
    "spec.local.path",
    "spec.csi.driver",
    "spec.csi.volumeHandle",
    "spec.claimRef.namespace",
    "spec.claimRef.name",
    "spec.claimRef.uid",
    "spec.storageClassName",
    "spec.accessModes.*",
    "spec.volumeMode",
    "spec.nodeAffinity.*",
    "spec.nfs.server",
    "spec.nfs.path",
    "spec.awsElasticBlockStore.volumeID",
    "spec.gcePersistentDisk.pdName",
    "spec.azureDisk.diskURI",
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct fact_pv v = {0};
    struct jx spec, host, local, csi, claim;

    if (!kind_meta(item, false, f, &v.meta, e) || !jx_obj(item, "spec", &spec, e) ||
        !jx_opt_obj(&spec, "hostPath", &host, e) || !jx_opt_obj(&spec, "local", &local, e) ||
        !jx_opt_obj(&spec, "csi", &csi, e) || !jx_opt_obj(&spec, "claimRef", &claim, e) ||
        !field_str(&host, "path", f, &v.host_path, e) ||
        !field_str(&local, "path", f, &v.local_path, e) ||
        !field_str(&csi, "driver", f, &v.csi_driver, e) ||
        !field_str(&csi, "volumeHandle", f, &v.csi_handle, e) ||
        !field_str(&claim, "namespace", f, &v.claim_ns, e) ||
        !field_str(&claim, "name", f, &v.claim_name, e))
        return false;
    FACTS_ADD(f, pvs, v);
    return true;
}

const struct kind kind_persistentvolume = {
    .resource = "persistentvolumes",
    .group = "",
    .kind = "PersistentVolume",
    .source = FACTS_PVS,
    .keep = keep,
    .parse = parse,
};
