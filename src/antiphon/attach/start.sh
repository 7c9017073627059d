# Run by Claude Code at a session's start, with what it is about on standard input. It leaves word of the session, starts
# the bridge if none runs, and says which file wakes the session. Whatever fails, the session goes on.
# Usage: start.sh DIRECTORY COMMAND...   (DIRECTORY: where sessions leave word; COMMAND: what starts the bridge)
if [ "$ANTIPHON" = off ] || [ -n "$ANTIPHON_PROCESS" ]; then exit 0; fi
words=$1
shift
id=$(sed -n 's/.*"session_id" *: *"\([0-9A-Fa-f-]\{36\}\)".*/\1/p' | head -n 1)
if [ -z "$id" ] || [ ! -d "$words" ]; then exit 0; fi
printf '%s\n' "$PWD" >"$words/$id.session.$$" && mv "$words/$id.session.$$" "$words/$id.session" # whole or not at all
pid=$(cat "$words/bridge.pid" 2>/dev/null)
if [ $# -gt 0 ] && ! kill -0 "${pid:-none}" 2>/dev/null; then
    # The bridge is none of this session's: only what the user has set goes with it.
    for name in $(env | sed -n 's/^\(CLAUDECODE\|CLAUDE_PID\|CLAUDE_ENV_FILE\|CLAUDE_PROJECT_DIR\|AI_AGENT\)=.*/\1/p'); do
        unset "$name"
    done
    for name in $(env | sed -n 's/^\(CLAUDE_CODE_\(SESSION\|CHILD\|MESSAGING\|ENTRYPOINT\)[A-Z_]*\)=.*/\1/p'); do
        unset "$name"
    done
    # Claude Code reads until nobody holds our output any more: nothing that goes on may.
    # `exec`: whatever becomes of the bridge, it is not started a second time.
    (cd / && { command -v setsid >/dev/null && exec setsid "$@" || exec "$@"; }) </dev/null >/dev/null 2>&1 &
fi
escaped=$(printf '%s' "$words/$id.bell" | sed 's/[\\"]/\\&/g')
printf '{"hookSpecificOutput":{"hookEventName":"SessionStart","watchPaths":["%s"]}}\n' "$escaped"
exit 0
