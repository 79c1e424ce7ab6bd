"""The GraphQL documents that are sent to Dagster's webserver.

What belongs here: queries and mutations, the same that the UI sends. What does not: sending them (`dagster_api`).
"""

from typing import Final

_ERROR = "... on PythonError { message causes { message } }"

LOCATIONS: Final = f"""
query Locations {{
  workspaceOrError {{
    __typename
    {_ERROR}
    ... on Workspace {{
      locationEntries {{
        name
        loadStatus
        locationOrLoadError {{ __typename {_ERROR} ... on PythonError {{ className }} }}
      }}
    }}
  }}
}}"""

RELOAD: Final = f"""
mutation Reload($name: String!) {{
  reloadRepositoryLocation(repositoryLocationName: $name) {{
    __typename
    {_ERROR}
    ... on ReloadNotSupported {{ message }}
    ... on RepositoryLocationNotFound {{ message }}
    ... on UnauthorizedError {{ message }}
  }}
}}"""

DAEMONS: Final = """
query Daemons {
  instance { daemonHealth { allDaemonStatuses { daemonType required healthy lastHeartbeatTime } } }
}"""

JOBS: Final = """
query Jobs {
  repositoriesOrError {
    ... on RepositoryConnection {
      nodes { name location { name } pipelines { name isJob tags { key value } runTags { key value } } }
    }
  }
}"""

JOB: Final = """
query Job($selector: PipelineSelector!) {
  pipelineOrError(params: $selector) {
    __typename
    ... on Pipeline { partitionKeysOrError(limit: 1, reverse: true) { partitionKeys } }
  }
  assetNodes(pipeline: $selector) { assetKey { path } isPartitioned isMaterializable }
}"""

PARTITION: Final = """
query Partition($selector: PipelineSelector!, $partition: String!) {
  pipelineOrError(params: $selector) {
    ... on Pipeline {
      partition(partitionName: $partition) {
        tagsOrError { ... on PartitionTags { results { key value } } }
        runConfigOrError { ... on PartitionRunConfig { yaml } }
      }
    }
  }
}"""

LAUNCH: Final = f"""
mutation Launch($params: ExecutionParams!) {{
  launchRun(executionParams: $params) {{
    __typename
    ... on LaunchRunSuccess {{ run {{ runId }} }}
    {_ERROR}
    ... on RunConfigValidationInvalid {{ errors {{ message }} }}
    ... on PipelineNotFoundError {{ message }}
    ... on InvalidSubsetError {{ message }}
  }}
}}"""

RUN: Final = """
query Run($id: ID!, $after: String) {
  runOrError(runId: $id) {
    __typename
    ... on Run {
      status
      eventConnection(afterCursor: $after, limit: 1000) {
        cursor
        hasMore
        events {
          __typename
          ... on MessageEvent { message stepKey }
          ... on MaterializationEvent { assetKey { path } partition }
          ... on ExecutionStepFailureEvent { error { message causes { message } } }
          ... on RunFailureEvent { error { message causes { message } } }
        }
      }
    }
  }
}"""

ASSETS: Final = """
query Assets($keys: [AssetKeyInput!]!, $partitions: [String!]) {
  assetNodes(assetKeys: $keys) {
    assetKey { path }
    assetMaterializations(limit: 1, partitions: $partitions) {
      partition
      runId
      metadataEntries {
        label
        ... on TextMetadataEntry { text }
        ... on UrlMetadataEntry { url }
        ... on PathMetadataEntry { path }
        ... on IntMetadataEntry { intValue }
      }
    }
    assetChecksOrError {
      ... on AssetChecks {
        checks { name executionForLatestMaterialization { status runId evaluation { success severity } } }
      }
    }
  }
}"""

MATERIALIZABLE: Final = """
query Materializable {
  assetNodes {
    assetKey { path }
    isMaterializable
    isPartitioned
    backfillPolicy { policyType }
    repository { name location { name } }
  }
}"""

PARTITION_KEYS: Final = """
query PartitionKeys($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) { ... on AssetNode { partitionKeys } }
}"""

BACKFILL: Final = f"""
mutation Backfill($partitionsByAssets: [PartitionsByAssetSelector!]!) {{
  launchPartitionBackfill(backfillParams: {{ partitionsByAssets: $partitionsByAssets }}) {{
    __typename
    ... on LaunchBackfillSuccess {{ backfillId }}
    {_ERROR}
  }}
}}"""

BACKFILL_STATUS: Final = f"""
query BackfillStatus($id: String!) {{
  partitionBackfillOrError(backfillId: $id) {{
    ... on PartitionBackfill {{
      status
      error {{ message causes {{ message }} }}
      assetBackfillData {{
        assetBackfillStatuses {{
          ... on AssetPartitionsStatusCounts {{ numPartitionsMaterialized numPartitionsFailed }}
          ... on UnpartitionedAssetStatus {{ materialized failed }}
        }}
      }}
    }}
    {_ERROR}
  }}
}}"""

FAILED_RUNS: Final = """
query FailedRuns($tags: [ExecutionTag!]) {
  runsOrError(filter: { statuses: [FAILURE], tags: $tags }, limit: 20) { ... on Runs { results { runId } } }
}"""

LATEST_RUNS: Final = """
query LatestRuns($keys: [AssetKeyInput!]!) {
  assetsLatestInfo(assetKeys: $keys) { assetKey { path } latestRun { runId status endTime } }
}"""

LATEST_MATERIALIZATIONS: Final = """
query LatestMaterializations($keys: [AssetKeyInput!]!) {
  assetsLatestInfo(assetKeys: $keys) { assetKey { path } latestMaterialization { timestamp } }
}"""

REPORT: Final = f"""
mutation Report($event: ReportRunlessAssetEventsParams!) {{
  reportRunlessAssetEvents(eventParams: $event) {{
    __typename
    ... on UnauthorizedError {{ message }}
    {_ERROR}
  }}
}}"""
