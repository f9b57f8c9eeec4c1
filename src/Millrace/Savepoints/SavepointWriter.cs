using Millrace.Checkpoints;
using Millrace.State;

namespace Millrace.Savepoints;

/// <summary>
/// Writes a new savepoint (Flink's <c>SavepointWriter</c>): from another one, of which it says what changes, or of state that no job has
/// had yet. What is not changed is carried over byte for byte; what it was made from stays as it is. The result needs no other checkpoint,
/// and a job starts from it as from any savepoint, on every host.
/// <code>
/// FromExistingSavepoint | NewSavepoint -> { RemoveOperator | ChangeOperatorIdentifier | WithKeyedState }* -> WriteAsync
/// </code>
/// Changes apply in the order of the calls, so uids are those after the changes before. Not thread-safe.
/// </summary>
public sealed class SavepointWriter
{
    private readonly SavepointPlan _plan;

    private SavepointWriter(SavepointPlan plan) => _plan = plan;

    /// <summary>Begins with the state of a savepoint or checkpoint.</summary>
    /// <param name="savepoint">The savepoint.</param>
    public static SavepointWriter FromExistingSavepoint(SavepointReader savepoint)
    {
        ArgumentNullException.ThrowIfNull(savepoint);
        return new SavepointWriter(new SavepointPlan(savepoint.Checkpoint));
    }

    /// <summary>Begins without state.</summary>
    /// <param name="jobName">Name of the job.</param>
    /// <param name="maxParallelism">Number of key groups, that of the job: 1 to 32,768.</param>
    public static SavepointWriter NewSavepoint(string jobName, int maxParallelism = 128)
    {
        ArgumentException.ThrowIfNullOrEmpty(jobName);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxParallelism, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxParallelism, short.MaxValue + 1);
        return new SavepointWriter(new SavepointPlan(jobName, maxParallelism));
    }

    /// <summary>Leaves an operator's state out.</summary>
    /// <param name="uid">The operator's uid.</param>
    /// <exception cref="ArgumentException">There is no such operator.</exception>
    public SavepointWriter RemoveOperator(string uid)
    {
        _plan.Remove(uid);
        return this;
    }

    /// <summary>Gives an operator's state to another uid.</summary>
    /// <param name="from">The uid it has.</param>
    /// <param name="to">The uid it gets.</param>
    /// <exception cref="ArgumentException">There is no such operator, or one with the new uid.</exception>
    public SavepointWriter ChangeOperatorIdentifier(string from, string to)
    {
        _plan.Rename(from, to);
        return this;
    }

    /// <summary>
    /// Gives an operator a state, in place of the one of that name if it has one; its other states stay. The entries are read when the
    /// savepoint is written.
    /// </summary>
    /// <typeparam name="TKey">Type of the keys, that of the job's <c>KeyBy</c>.</typeparam>
    /// <typeparam name="T">Type of the values.</typeparam>
    /// <param name="uid">The operator's uid; it need not be in the savepoint yet.</param>
    /// <param name="descriptor">The state as the operator declares it. With a time to live, entries are as new as the savepoint.</param>
    /// <param name="entries">Keys with what is kept for them, each key once.</param>
    /// <exception cref="ArgumentException">The operator was given state with keys of another type, or this state already.</exception>
    public SavepointWriter WithKeyedState<TKey, T>(
        string uid,
        ValueStateDescriptor<T> descriptor,
        IEnumerable<KeyValuePair<TKey, T>> entries
    )
        where TKey : notnull =>
        Add(
            uid,
            descriptor,
            entries,
            static (backend, state) => backend.Global.GetState(state),
            static state => state.HasValue,
            static (state, value) => state.Update(value)
        );

    /// <summary>Gives an operator a list per key.</summary>
    /// <typeparam name="TKey">Type of the keys, that of the job's <c>KeyBy</c>.</typeparam>
    /// <typeparam name="T">Type of the elements.</typeparam>
    /// <inheritdoc cref="WithKeyedState{TKey, T}(string, ValueStateDescriptor{T}, IEnumerable{KeyValuePair{TKey, T}})"/>
    public SavepointWriter WithKeyedState<TKey, T>(
        string uid,
        ListStateDescriptor<T> descriptor,
        IEnumerable<KeyValuePair<TKey, IReadOnlyList<T>>> entries
    )
        where TKey : notnull =>
        Add(
            uid,
            descriptor,
            entries,
            static (backend, state) => backend.Global.GetListState(state),
            static state => state.Get().Count > 0,
            static (state, values) => state.AddAll(values)
        );

    /// <summary>Gives an operator a map per key.</summary>
    /// <typeparam name="TKey">Type of the keys, that of the job's <c>KeyBy</c>.</typeparam>
    /// <typeparam name="TMapKey">Type of the maps' keys.</typeparam>
    /// <typeparam name="TMapValue">Type of the maps' values.</typeparam>
    /// <inheritdoc cref="WithKeyedState{TKey, T}(string, ValueStateDescriptor{T}, IEnumerable{KeyValuePair{TKey, T}})"/>
    public SavepointWriter WithKeyedState<TKey, TMapKey, TMapValue>(
        string uid,
        MapStateDescriptor<TMapKey, TMapValue> descriptor,
        IEnumerable<KeyValuePair<TKey, IReadOnlyCollection<KeyValuePair<TMapKey, TMapValue>>>> entries
    )
        where TKey : notnull
        where TMapKey : notnull =>
        Add(
            uid,
            descriptor,
            entries,
            static (backend, state) => backend.Global.GetMapState(state),
            static state => !state.IsEmpty,
            static (state, map) =>
            {
                foreach ((TMapKey key, TMapValue value) in map)
                {
                    state.Put(key, value);
                }
            }
        );

    /// <summary>Gives an operator a reduced value per key.</summary>
    /// <typeparam name="TKey">Type of the keys, that of the job's <c>KeyBy</c>.</typeparam>
    /// <typeparam name="T">Type of the values.</typeparam>
    /// <inheritdoc cref="WithKeyedState{TKey, T}(string, ValueStateDescriptor{T}, IEnumerable{KeyValuePair{TKey, T}})"/>
    public SavepointWriter WithKeyedState<TKey, T>(
        string uid,
        ReducingStateDescriptor<T> descriptor,
        IEnumerable<KeyValuePair<TKey, T>> entries
    )
        where TKey : notnull => WithKeyedState(uid, SavepointReader.AsValue(descriptor), entries);

    /// <summary>Gives an operator an accumulator per key.</summary>
    /// <typeparam name="TKey">Type of the keys, that of the job's <c>KeyBy</c>.</typeparam>
    /// <typeparam name="TIn">Type of the added values.</typeparam>
    /// <typeparam name="TAcc">Type of the accumulators.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <inheritdoc cref="WithKeyedState{TKey, T}(string, ValueStateDescriptor{T}, IEnumerable{KeyValuePair{TKey, T}})"/>
    public SavepointWriter WithKeyedState<TKey, TIn, TAcc, TOut>(
        string uid,
        AggregatingStateDescriptor<TIn, TAcc, TOut> descriptor,
        IEnumerable<KeyValuePair<TKey, TAcc>> entries
    )
        where TKey : notnull => WithKeyedState(uid, SavepointReader.AsValue(descriptor), entries);

    /// <summary>Writes the savepoint. It is there once all of it is: its manifest is written last.</summary>
    /// <param name="store">Where to.</param>
    /// <param name="name">
    /// Its name, for <c>jobs/JOB/savepoints/NAME</c>, where the job looks for its savepoints; or any other path, with a <c>/</c>.
    /// </param>
    /// <param name="timeProvider">The clock that it is dated by; <see langword="null"/> = the system's.</param>
    /// <param name="cancellationToken">Ends the wait; there is no savepoint then, but parts of one may be left.</param>
    /// <returns>The path to restore from.</returns>
    /// <exception cref="ArgumentException">
    /// The name is none of an object, or lies among a job's checkpoints, which the job deletes; or a key comes twice.
    /// </exception>
    /// <exception cref="InvalidOperationException">There is a savepoint of that name: none is changed.</exception>
    public Task<string> WriteAsync(
        IObjectStore store,
        string name,
        TimeProvider? timeProvider = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return _plan.WriteAsync(store, name, timeProvider ?? TimeProvider.System, cancellationToken);
    }

    private SavepointWriter Add<TKey, TDescriptor, TState, TValue>(
        string uid,
        TDescriptor descriptor,
        IEnumerable<KeyValuePair<TKey, TValue>> entries,
        Func<StateBackends.KeyedStateBackend<TKey>, TDescriptor, TState> open,
        Func<TState, bool> exists,
        Action<TState, TValue> put
    )
        where TKey : notnull
        where TDescriptor : StateDescriptor
    {
        ArgumentException.ThrowIfNullOrEmpty(uid);
        ArgumentNullException.ThrowIfNull(descriptor);
        ArgumentNullException.ThrowIfNull(entries);
        _plan
            .BootstrapOf<TKey>(uid)
            .Add(
                descriptor,
                backend =>
                {
                    TState state = open(backend, descriptor);
                    foreach ((TKey key, TValue value) in entries)
                    {
                        backend.Keys.Set(key, backend.Keys.Hasher.Hash(key));
                        if (exists(state))
                        {
                            throw new ArgumentException(
                                $"Key '{key}' comes twice in the entries for state '{descriptor.Name}' of operator '{uid}'; give each key "
                                    + "once, with all that is kept for it.",
                                nameof(entries)
                            );
                        }

                        put(state, value);
                    }
                }
            );
        return this;
    }
}
