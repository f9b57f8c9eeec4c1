using Millrace.Connectors;
using Millrace.Time;

namespace Millrace.Operators.Connectors;

/// <summary>A source or sink, for metrics; read by any thread.</summary>
internal interface IConnectorOperator
{
    bool IsSource { get; }

    /// <summary>Whether a checkpoint taken now has anything of it. Used on the task's thread only.</summary>
    bool HasState => true;

    long Records { get; }

    ConnectorMetrics ConnectorMetrics { get; }
}

/// <summary>What a host does with the source at the head of a stage.</summary>
internal interface ISourceDriver
{
    Boundedness Boundedness { get; }

    bool IsFinished { get; }

    /// <summary>Finds splits, for the whole stage; called on one task only.</summary>
    ISplitEnumerator CreateEnumerator(ConnectorContext context);

    void AddSplits(IReadOnlyList<SourceSplit> splits);

    void NotifyNoMoreSplits();

    /// <summary>Reads what there is and pushes it through the chain.</summary>
    ReadStatus Read(TimeSpan maxWait);

    /// <summary>Emits the periodic watermark and detects idle splits.</summary>
    void OnPeriodic(long now);

    /// <summary>Emits the last watermark of all; the input has ended.</summary>
    void EmitEndOfInput();

    void Flush();

    /// <summary>How the source waits for others; <see langword="null"/> = it does not.</summary>
    WatermarkAlignment? Alignment { get; }

    /// <summary>The lowest watermark of the splits that are not idle; <see cref="long.MaxValue"/> when there is none.</summary>
    long LowestWatermark { get; }

    /// <summary>Pauses the splits whose watermarks are beyond a bound and resumes the others.</summary>
    void PauseSplitsBeyond(long watermark);

    /// <summary>The combined watermark emitted last.</summary>
    long CurrentWatermark { get; }

    /// <summary>Whether the checkpoint that the job starts from knows the source, if only to say that it had found no split.</summary>
    bool IsRestored { get; }

    /// <summary>The splits that a checkpoint holds, with positions, whichever task had them.</summary>
    IReadOnlyList<RestoredSplit> RestoredSplits { get; }
}

/// <summary>Translates an operator's context for a connector.</summary>
internal static class ConnectorContexts
{
    public static ConnectorContext Of(OperatorContext context) =>
        new(
            context.JobName,
            context.Uid,
            context.TaskIndex,
            context.Parallelism,
            context.TimeProvider,
            context.LoggerFactory,
            context.CancellationToken
        )
        {
            ReaderOf = context.ReaderOf,
        };
}
