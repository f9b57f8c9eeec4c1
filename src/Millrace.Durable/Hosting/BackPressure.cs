using System.Buffers;
using System.Globalization;
using Millrace.Checkpoints;

namespace Millrace.Durable.Hosting;

/// <summary>
/// Stops a job's sources while a task holds more output than it may, since that is part of its state and would grow as long as a sink is
/// down. A task over the limit leaves an object in the store, which the triggers of all processes see, and takes it away when it is down to
/// a half.
/// <code>
/// free -> a task is over the limit -> full: triggers wait, then fail; the lag of the topics grows -> all tasks are down to a half -> free
/// </code>
/// Thread-safe.
/// </summary>
internal sealed class BackPressure(DurableJob job)
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FreshWhenIdle = TimeSpan.FromSeconds(5);

    private readonly ClosableGate _gate = new(nameof(BackPressure), job.Services.Execution);
    private readonly string _folder = DurableNames.PressureOf(job.Name, job.Control.Incarnation);
    private volatile Seen? _seen;

    /// <summary>Tasks over their limit, when this process last looked.</summary>
    public int Count => _seen?.Names.Count ?? 0;

    /// <summary>Whether sources have to wait.</summary>
    public async Task<bool> IsFullAsync(CancellationToken cancellationToken) =>
        (await LookAsync(FreshFor, cancellationToken).ConfigureAwait(false)).Count > 0;

    /// <summary>Returns when sources may go on.</summary>
    /// <exception cref="BackPressureException">They may not for long.</exception>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        long start = job.Services.Time.GetTimestamp();
        while (await IsFullAsync(cancellationToken).ConfigureAwait(false))
        {
            if (job.Services.Time.GetElapsedTime(start) >= job.Options.BackPressureWait)
            {
                IReadOnlyList<PendingOutput> full = await ReadAsync(cancellationToken).ConfigureAwait(false);
                string first = full is [var pending, ..]
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $" Task {pending.Stage}/{pending.Task} holds {pending.Bytes} bytes, at most {job.Options.MaxPendingOutputBytes} "
                            + $"expected: {pending.Reason}"
                    )
                    : "";
                throw new BackPressureException(
                    $"Job '{job.Name}' takes no records as long as {full.Count} task(s) cannot get rid of their output.{first} "
                        + "It goes on by itself when they can; the records stay in the topic."
                );
            }

            await Task.Delay(FreshFor, job.Services.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the word of a task at the end of its batch.</summary>
    public async Task ReportAsync(PendingOutput pending, CancellationToken cancellationToken)
    {
        string name = _folder + ObjectNames.Escape(pending.Stage) + "/" + pending.Task.ToString(CultureInfo.InvariantCulture);
        bool isOver = pending.Bytes > job.Options.MaxPendingOutputBytes;
        bool isTold = (await LookAsync(isOver ? FreshFor : FreshWhenIdle, cancellationToken).ConfigureAwait(false)).Contains(name);
        if (isOver && !isTold)
        {
            Log.BackPressure(job.Logger, job.Name, pending.Stage, pending.Task, pending.Bytes, pending.Reason);
            await job
                .Store.PutAsync(name, new ReadOnlySequence<byte>(PendingOutputJson.Write(pending)), PutCondition.None, cancellationToken)
                .ConfigureAwait(false);
            _seen = null;
        }
        else if (isTold && pending.Bytes <= job.Options.MaxPendingOutputBytes / 2)
        {
            await job.Store.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
            Log.BackPressureReleased(job.Logger, job.Name, pending.Stage, pending.Task);
            _seen = null;
        }
    }

    /// <summary>What the tasks over their limit said when they passed it.</summary>
    public async Task<IReadOnlyList<PendingOutput>> ReadAsync(CancellationToken cancellationToken)
    {
        List<PendingOutput> full = [];
        foreach (string name in await LookAsync(FreshFor, cancellationToken).ConfigureAwait(false))
        {
            if (
                await job.Store.GetAsync(name, cancellationToken).ConfigureAwait(false) is { } stored
                && PendingOutputJson.Read(stored.Content.Span) is { } pending
            )
            {
                full.Add(pending);
            }
        }

        return full;
    }

    private async Task<IReadOnlySet<string>> LookAsync(TimeSpan fresh, CancellationToken cancellationToken)
    {
        if (Fresh(fresh) is { } before)
        {
            return before;
        }

        await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Fresh(fresh) is { } meanwhile)
            {
                return meanwhile;
            }

            long now = job.Services.Time.GetTimestamp();
            HashSet<string> names = new(StringComparer.Ordinal);
            await foreach (string name in job.Store.ListAsync(_folder, cancellationToken).ConfigureAwait(false))
            {
                names.Add(name);
            }

            _seen = new Seen(names, now);
            return names;
        }
        finally
        {
            _gate.Leave();
        }
    }

    private IReadOnlySet<string>? Fresh(TimeSpan fresh) =>
        _seen is { } seen && job.Services.Time.GetElapsedTime(seen.At) < fresh ? seen.Names : null;

    private sealed record Seen(IReadOnlySet<string> Names, long At);
}

/// <summary>Sources may not go on, because tasks hold more output than they may; the batch is delivered again.</summary>
internal sealed class BackPressureException(string message) : Exception(message);
