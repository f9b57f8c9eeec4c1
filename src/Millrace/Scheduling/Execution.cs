namespace Millrace.Scheduling;

/// <summary>
/// Where work goes that may run beside its caller: to the thread pool, or, in a simulation, nowhere. In place every continuation runs
/// inside of what completes it, so that one thread does everything, in one order. Immutable.
/// </summary>
internal sealed class Execution
{
    private readonly bool _isInPlace;

    private Execution(bool isInPlace) => _isInPlace = isInPlace;

    public static Execution ThreadPool { get; } = new(isInPlace: false);

    public static Execution InPlace { get; } = new(isInPlace: true);

    /// <summary>For tasks that others complete.</summary>
    public TaskCreationOptions Continuations => _isInPlace ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously;

    /// <summary>Starts work; returns before it has ended, unless it never waits.</summary>
    public Task Run(Func<Task> work) => _isInPlace ? work() : Task.Run(work, CancellationToken.None);

    /// <summary>Cancels; what hears of it runs beside the caller.</summary>
    public Task CancelAsync(CancellationTokenSource source)
    {
        if (!_isInPlace)
        {
            return source.CancelAsync();
        }

        source.Cancel();
        return Task.CompletedTask;
    }

    /// <summary>Returns after a while. Not as the framework's, which hears of its end in another thread.</summary>
    public async Task DelayAsync(TimeSpan delay, TimeProvider time, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TaskCompletionSource end = new(Continuations);
        ITimer timer = time.CreateTimer(static end => ((TaskCompletionSource)end!).TrySetResult(), end, delay, Timeout.InfiniteTimeSpan);
        await using (timer.ConfigureAwait(false))
        {
            using CancellationTokenRegistration cancelled = cancellationToken.Register(() => end.TrySetCanceled(cancellationToken));
            await end.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Works on items, some at once. After a failure no further one is begun.</summary>
    /// <param name="items">What to work on.</param>
    /// <param name="atOnce">How many at once, at least 1.</param>
    /// <param name="work">The work.</param>
    /// <param name="cancellationToken">Begins no further one, and goes to the work.</param>
    public async Task ForEachAsync<T>(
        IReadOnlyList<T> items,
        int atOnce,
        Func<T, CancellationToken, Task> work,
        CancellationToken cancellationToken
    )
    {
        int next = -1;
        bool hasFailed = false;
        Task[] workers = new Task[Math.Min(atOnce, items.Count)];
        for (int i = 0; i < workers.Length; i++)
        {
            workers[i] = Run(WorkAsync);
        }

        await Task.WhenAll(workers).ConfigureAwait(false);

        async Task WorkAsync()
        {
            while (!Volatile.Read(ref hasFailed) && Interlocked.Increment(ref next) is var item && item < items.Count)
            {
                try
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    await work(items[item], cancellationToken).ConfigureAwait(false);
                }
                catch
                {
                    Volatile.Write(ref hasFailed, true);
                    throw;
                }
            }
        }
    }
}

/// <summary>
/// Work that is done once, and everybody who waits for it, in the order in which they came. A task of its own for each of them: of many who
/// await one task all but one go on in another thread. Thread-safe.
/// </summary>
/// <param name="execution">Where they go on.</param>
internal sealed class SharedWork<T>(Execution execution)
{
    private readonly Lock _lock = new();
    private readonly List<TaskCompletionSource<T>> _waiting = [];
    private Task<T>? _done;

    /// <summary>Its result; <see langword="null"/> = not yet, or it has failed.</summary>
    public T? Result => _done is { IsCompletedSuccessfully: true } done ? done.Result : default;

    /// <summary>Begins the work; called once.</summary>
    public async void Start(Func<Task<T>> work)
    {
        Task<T> task;
        try
        {
            task = Task.FromResult(await work().ConfigureAwait(false));
        }
#pragma warning disable CA1031 // Everybody who waits gets it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            task = Task.FromException<T>(exception);
        }

        TaskCompletionSource<T>[] waiting;
        lock (_lock)
        {
            _done = task;
            waiting = [.. _waiting];
            _waiting.Clear();
        }

        foreach (TaskCompletionSource<T> each in waiting)
        {
            each.TrySetFromTask(task);
        }
    }

    /// <summary>Returns when the work is done.</summary>
    public Task<T> WaitAsync()
    {
        lock (_lock)
        {
            if (_done is { } done)
            {
                return done;
            }

            TaskCompletionSource<T> waiting = new(execution.Continuations);
            _waiting.Add(waiting);
            return waiting.Task;
        }
    }
}
