#!/bin/sh
# Both gates of sessionlab, for any continuous integration: results, then speed. Ends with 0 when both passed.
set -u
SPECS=${SPECS:-experiments/quickstart.json}  # with what is expected of them in files beside them
AGAINST=${AGAINST:-git:origin/main}          # what speed is held against
BENCHMARKS=${BENCHMARKS:-}                   # suites, and --filter; eight benchmarks when empty
LIMIT=${LIMIT:-10}                           # minutes of measuring at most
SUMMARY=${SUMMARY:-gate.md}                  # for a comment on the pull request

npm ci || exit
worst=0
npx sessionlab gate results $SPECS --markdown "$SUMMARY" || worst=$?
npx sessionlab bench $BENCHMARKS --gate --against "$AGAINST" --clock processor --limit "$LIMIT" \
  --out gate.json --force --markdown "$SUMMARY" || worst=$?
if [ -n "${MLFLOW_TRACKING_URI:-}" ]; then
  npx sessionlab mlflow bench gate.json || worst=$?
fi
exit $worst
