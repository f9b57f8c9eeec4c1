using Millrace.Checkpoints;
using Millrace.Savepoints;
using Millrace.Serialization;

namespace Millrace.Embedded.OfflineState;

/// <summary>Looks entries of one state up.</summary>
internal static class StateQuery
{
    /// <summary>Finds a state by its name, or says which there are.</summary>
    public static StateContents Find(RestoredCheckpoint checkpoint, string uid, string name)
    {
        IReadOnlyList<OperatorContents> operators = OperatorContents.AllOf(checkpoint);
        OperatorContents found =
            operators.FirstOrDefault(each => each.Uid == uid)
            ?? throw StateLocation.Mistake(
                $"There is no operator '{uid}' in '{checkpoint.Folder}'; --uid is one of "
                    + $"{Names(operators.Select(static each => each.Uid))}."
            );
        StateContents[] states =
        [
            .. found.States.Where(state => state.Section == name),
            .. found.States.Where(state => state.Name == name && state.Section != name),
        ];
        return states.Length > 0
            ? states[0]
            : throw StateLocation.Mistake(
                $"Operator '{uid}' has no state '{name}' in '{checkpoint.Folder}'; "
                    + (
                        found.States.Count == 0
                            ? "it has none."
                            : $"--state is one of {Names(found.States.Select(static state => state.Name))}."
                    )
            );
    }

    /// <summary>The entries of a key and namespace.</summary>
    /// <param name="state">The state.</param>
    /// <param name="key">The key; <see langword="null"/> = all.</param>
    /// <param name="space">The namespace; <see langword="null"/> = all.</param>
    /// <param name="maxParallelism">Number of key groups.</param>
    public static IEnumerable<StateEntry> Entries(StateContents state, string? key, string? space, int maxParallelism)
    {
        if (key is null)
        {
            return Matching(state.Read(), null, space);
        }

        if (state.Keys is { } keys && !SchemaKeyText.MayBe(keys, key))
        {
            throw StateLocation.Mistake(
                $"--key is '{key}', but the keys of state '{state.Name}' are of type {SchemaJson.WordsOf(keys)}; give one as 'state query' "
                    + "writes it without --key."
            );
        }

        // The hash says where the key is, unless its type has a hasher that nobody knows here.
        int? likely = state.Keys is { } schema ? SchemaKeyText.GroupOf(schema, key, maxParallelism) : null;
        if (likely is not { } group || !state.KeyGroups.Contains(group))
        {
            return Matching(state.Read(), key, space);
        }

        StateEntry[] found = [.. Matching(state.Read(group), key, space: null)];
        return found.Length > 0
            ? Matching(found, null, space)
            : Matching(state.KeyGroups.Where(other => other != group).SelectMany(state.Read), key, space);
    }

    private static IEnumerable<StateEntry> Matching(IEnumerable<StateEntry> entries, string? key, string? space)
    {
        JsonMatcher? keys = key is null ? null : new JsonMatcher(key);
        JsonMatcher? spaces = space is null ? null : new JsonMatcher(space);
        return entries.Where(entry =>
            (keys is null || (entry.Key is { } write && keys.Matches(SchemaJson.ToText(write))))
            && (spaces is null || (entry.Namespace is { } window && spaces.MatchesWindow(SchemaJson.ToText(window))))
        );
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(static name => $"'{name}'"));
}
