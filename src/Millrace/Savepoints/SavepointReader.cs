using Millrace.Checkpoints;
using Millrace.Graph;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;

namespace Millrace.Savepoints;

/// <summary>
/// Reads the state of a savepoint or checkpoint without running a job (Flink's <c>SavepointReader</c>), with the types and descriptors that
/// the job has. All parts are in memory, and verified, when it has been loaded.
/// </summary>
public sealed class SavepointReader
{
    private SavepointReader(RestoredCheckpoint checkpoint) => Checkpoint = checkpoint;

    /// <summary>Name of the job that has written it.</summary>
    public string JobName => Checkpoint.Manifest.Job;

    /// <summary>Number of the checkpoint.</summary>
    public long CheckpointId => Checkpoint.Id;

    /// <summary>When it was completed.</summary>
    public DateTimeOffset Timestamp => Checkpoint.Manifest.Timestamp;

    /// <summary>Number of key groups.</summary>
    public int MaxParallelism => Checkpoint.Manifest.MaxParallelism;

    /// <summary>Uids of the operators that have state in it.</summary>
    public IReadOnlyCollection<string> OperatorUids => [.. Checkpoint.OperatorUids.Where(static uid => !TaskWatermarks.IsUid(uid))];

    internal RestoredCheckpoint Checkpoint { get; }

    /// <summary>Loads a savepoint or checkpoint.</summary>
    /// <param name="store">Where it is.</param>
    /// <param name="path">Its folder, such as <c>jobs/orders/savepoints/before-upgrade</c>, or the name of its manifest.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidDataException">It is not there, incomplete, damaged or of a later version; the message names the
    /// object.</exception>
    public static async Task<SavepointReader> LoadAsync(IObjectStore store, string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new SavepointReader(await CheckpointLoader.LoadAsync(store, path, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The values of a state, with their keys. One key group after the other is read while they are enumerated.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <typeparam name="T">Type of the values.</typeparam>
    /// <param name="uid">The operator's uid.</param>
    /// <param name="descriptor">The state as the operator declares it, also with its time to live: values that have expired are given
    /// too.</param>
    /// <exception cref="ArgumentException">There is no such operator, or it has no such state.</exception>
    /// <exception cref="StateMigrationException">It was written with other types.</exception>
    public IEnumerable<KeyValuePair<TKey, T>> ReadKeyedState<TKey, T>(string uid, ValueStateDescriptor<T> descriptor)
        where TKey : notnull =>
        Read(
            uid,
            descriptor,
            static (KeyedStateBackend<TKey> backend, ValueStateDescriptor<T> state) => backend.Global.GetState(state),
            static state => state.Value!
        );

    /// <summary>The lists of a state, with their keys.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <typeparam name="T">Type of the elements.</typeparam>
    /// <inheritdoc cref="ReadKeyedState{TKey, T}(string, ValueStateDescriptor{T})"/>
    public IEnumerable<KeyValuePair<TKey, IReadOnlyList<T>>> ReadKeyedState<TKey, T>(string uid, ListStateDescriptor<T> descriptor)
        where TKey : notnull =>
        Read(
            uid,
            descriptor,
            static (KeyedStateBackend<TKey> backend, ListStateDescriptor<T> state) => backend.Global.GetListState(state),
            static state => state.Get()
        );

    /// <summary>The maps of a state, with their keys.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <typeparam name="TMapKey">Type of the maps' keys.</typeparam>
    /// <typeparam name="TMapValue">Type of the maps' values.</typeparam>
    /// <inheritdoc cref="ReadKeyedState{TKey, T}(string, ValueStateDescriptor{T})"/>
    public IEnumerable<KeyValuePair<TKey, IReadOnlyCollection<KeyValuePair<TMapKey, TMapValue>>>> ReadKeyedState<TKey, TMapKey, TMapValue>(
        string uid,
        MapStateDescriptor<TMapKey, TMapValue> descriptor
    )
        where TKey : notnull
        where TMapKey : notnull =>
        Read(
            uid,
            descriptor,
            static (KeyedStateBackend<TKey> backend, MapStateDescriptor<TMapKey, TMapValue> state) => backend.Global.GetMapState(state),
            static state => state.Entries
        );

    /// <summary>What values were reduced to, with the keys.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <typeparam name="T">Type of the values.</typeparam>
    /// <inheritdoc cref="ReadKeyedState{TKey, T}(string, ValueStateDescriptor{T})"/>
    public IEnumerable<KeyValuePair<TKey, T>> ReadKeyedState<TKey, T>(string uid, ReducingStateDescriptor<T> descriptor)
        where TKey : notnull => ReadKeyedState<TKey, T>(uid, AsValue(descriptor));

    /// <summary>The accumulators of a state, with their keys.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <typeparam name="TIn">Type of the added values.</typeparam>
    /// <typeparam name="TAcc">Type of the accumulators.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <inheritdoc cref="ReadKeyedState{TKey, T}(string, ValueStateDescriptor{T})"/>
    public IEnumerable<KeyValuePair<TKey, TAcc>> ReadKeyedState<TKey, TIn, TAcc, TOut>(
        string uid,
        AggregatingStateDescriptor<TIn, TAcc, TOut> descriptor
    )
        where TKey : notnull => ReadKeyedState<TKey, TAcc>(uid, AsValue(descriptor));

    /// <summary>The reduced values are kept as values are.</summary>
    internal static ValueStateDescriptor<T> AsValue<T>(ReducingStateDescriptor<T> descriptor)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        return WithTtl(new ValueStateDescriptor<T>(descriptor.Name, default, descriptor.Serializer), descriptor.Ttl);
    }

    /// <summary>Accumulators are kept as values are.</summary>
    internal static ValueStateDescriptor<TAcc> AsValue<TIn, TAcc, TOut>(AggregatingStateDescriptor<TIn, TAcc, TOut> descriptor)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        return WithTtl(new ValueStateDescriptor<TAcc>(descriptor.Name, default, descriptor.Serializer), descriptor.Ttl);
    }

    private static ValueStateDescriptor<T> WithTtl<T>(ValueStateDescriptor<T> descriptor, StateTtlConfig? ttl)
    {
        if (ttl is not null)
        {
            descriptor.EnableTimeToLive(ttl);
        }

        return descriptor;
    }

    private IEnumerable<KeyValuePair<TKey, TResult>> Read<TKey, TDescriptor, TState, TResult>(
        string uid,
        TDescriptor descriptor,
        Func<KeyedStateBackend<TKey>, TDescriptor, TState> open,
        Func<TState, TResult> read
    )
        where TKey : notnull
        where TDescriptor : StateDescriptor
    {
        ArgumentException.ThrowIfNullOrEmpty(uid);
        ArgumentNullException.ThrowIfNull(descriptor);
        KeyGroupRange all = new(0, MaxParallelism);
        ISnapshotReader reader =
            Checkpoint.ReaderOf(uid, all)
            ?? throw new ArgumentException(
                $"There is no operator '{uid}' in '{Checkpoint.Folder}', only {Names(OperatorUids)}; give the uid of one of them.",
                nameof(uid)
            );
        string table = KeyedStateStore<TKey, VoidNamespace>.TableOf(KeyedStateBackend<TKey>.GlobalScope, descriptor);
        string[] tables = [.. KeyedStateCatalog.Read(reader).Distinct(StringComparer.Ordinal)];
        if (!tables.Contains(table, StringComparer.Ordinal))
        {
            string prefix = KeyedStateBackend<TKey>.GlobalScope + "/";
            IEnumerable<string> states = tables
                .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
                .Select(name => name[prefix.Length..]);
            throw new ArgumentException(
                $"Operator '{uid}' has no state '{descriptor.Name}' per key in '{Checkpoint.Folder}', only {Names(states)}; give the "
                    + "descriptor of one of them.",
                nameof(descriptor)
            );
        }

        KeyContext<TKey> keys = new(KeyHashers.For<TKey>(), TypeSerializers.For<TKey>(), all, MaxParallelism);
        return Enumerate();

        // As if one task owned all key groups, so that no key is in a wrong place; at a time so early that nothing has expired.
        IEnumerable<KeyValuePair<TKey, TResult>> Enumerate()
        {
            foreach (IGrouping<int, KeyGroupSection> group in reader.KeyGroupSections(table).GroupBy(static section => section.KeyGroup))
            {
                KeyedStateBackend<TKey> backend = new(keys, static () => 0, new KeyGroupReader(reader, table, [.. group]));
                TState state = open(backend, descriptor);
                foreach (TKey key in backend.KeysOf(table))
                {
                    keys.Set(key, keys.Hasher.Hash(key));
                    yield return new KeyValuePair<TKey, TResult>(key, read(state));
                }
            }
        }
    }

    private static string Names(IEnumerable<string> names) =>
        string.Join(", ", names.Order(StringComparer.Ordinal).Select(static name => $"'{name}'")) is { Length: > 0 } all ? all : "none";
}
