using Millrace.Operators.Joins;
using Millrace.Serialization;
using Millrace.State;
using Millrace.UserFunctions;
using Millrace.Windows;

namespace Millrace.Api;

/// <summary>
/// A keyed stream to be joined with a versioned table, which is the history of another keyed stream: each record of that one is a version
/// of its key, valid from its time until the next version's (Flink SQL's temporal join, <c>JOIN t FOR SYSTEM_TIME AS OF left.time</c>;
/// operator <c>TemporalRowTimeJoinOperator</c>). Immutable.
/// <code>
/// orders.KeyBy(order => order.Currency)
///     .TemporalJoin(rates.KeyBy(rate => rate.Currency))
///     .Process((order, rate) => new Priced(order.Id, order.Amount * rate.Factor))
/// </code>
/// In event time a left record is held until the watermark of both sides has passed it, and comes out with its own timestamp, once. Kept
/// per key are the records that wait, the versions that the watermark has not passed, and the last one that it has. Of versions with one
/// timestamp, the one that came last counts. A version behind the watermark still counts for what is joined after it; a left record behind
/// the watermark is joined at once with the versions that are still kept, or goes to <see cref="SideOutputLeftLateData"/>.
/// </summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="TLeft">Type of the left records.</typeparam>
/// <typeparam name="TRight">Type of the versions.</typeparam>
public sealed class TemporalJoin<TKey, TLeft, TRight>
    where TKey : notnull
{
    private readonly KeyedStream<TKey, TLeft> _left;
    private readonly KeyedStream<TKey, TRight> _versions;

    internal TemporalJoin(KeyedStream<TKey, TLeft> left, KeyedStream<TKey, TRight> versions)
    {
        _left = left;
        _versions = versions;
    }

    private TemporalJoin(TemporalJoin<TKey, TLeft, TRight> other)
        : this(other._left, other._versions)
    {
        IsDelete = other.IsDelete;
        Validity = other.Validity;
        LateLeft = other.LateLeft;
        InProcessingTime = other.InProcessingTime;
    }

    private Predicate<TRight>? IsDelete { get; init; }

    private long? Validity { get; init; }

    private string? LateLeft { get; init; }

    private bool InProcessingTime { get; init; }

    /// <summary>
    /// Says which versions are deletes: from their time on their key has no version. A delete is forgotten when the watermark has passed
    /// it, so a version that comes behind the watermark and is older than the delete brings its key back.
    /// </summary>
    /// <param name="isDelete">Whether a version is a delete.</param>
    public TemporalJoin<TKey, TLeft, TRight> DeletedWhen(Predicate<TRight> isDelete)
    {
        ArgumentNullException.ThrowIfNull(isDelete);
        return new(this) { IsDelete = isDelete };
    }

    /// <summary>
    /// Lets a version be valid for a time only: it ends that long after its timestamp, also when no other follows, and is then forgotten.
    /// Default: it ends with the next one, so the last version of each key is kept for ever.
    /// </summary>
    /// <param name="validity">How long, in event time (as of processing time: after it came); at least 1 ms.</param>
    public TemporalJoin<TKey, TLeft, TRight> ValidFor(TimeSpan validity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(validity, TimeSpan.FromMilliseconds(1));
        return new(this) { Validity = (long)validity.TotalMilliseconds };
    }

    /// <summary>
    /// Sends left records that come behind the watermark, whose version may be forgotten, to a side output instead of joining them.
    /// </summary>
    /// <param name="tag">The side output.</param>
    public TemporalJoin<TKey, TLeft, TRight> SideOutputLeftLateData(OutputTag<TLeft> tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        return new(this) { LateLeft = tag.Id };
    }

    /// <summary>
    /// Joins each left record at once with the version that came last (<c>FOR SYSTEM_TIME AS OF left.proctime</c>, Flink's temporal table
    /// function): needs no timestamps and holds nothing back, but what a record is joined with depends on which side was faster, also when
    /// records are processed again after a failure. Prefer event time.
    /// </summary>
    public TemporalJoin<TKey, TLeft, TRight> AsOfProcessingTime() => new(this) { InProcessingTime = true };

    /// <summary>Joins the records that have a version; drops the others.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="join">From a left record and its version to the result.</param>
    public SingleOutputStreamOperator<TOut> Process<TOut>(Func<TLeft, TRight, TOut> join)
    {
        ArgumentNullException.ThrowIfNull(join);
        return Add(join, withoutVersion: null);
    }

    /// <summary>Joins all left records, also those that have no version (a left outer join).</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="join">From a left record and its version to the result.</param>
    /// <param name="withoutVersion">From a left record without a version to the result.</param>
    public SingleOutputStreamOperator<TOut> ProcessLeftOuter<TOut>(Func<TLeft, TRight, TOut> join, Func<TLeft, TOut> withoutVersion)
    {
        ArgumentNullException.ThrowIfNull(join);
        ArgumentNullException.ThrowIfNull(withoutVersion);
        return Add(join, withoutVersion);
    }

    private SingleOutputStreamOperator<TOut> Add<TOut>(Func<TLeft, TRight, TOut> join, Func<TLeft, TOut>? withoutVersion)
    {
        TemporalJoinSpec<TLeft, TRight, TOut> spec = new(join, withoutVersion, IsDelete, Validity, LateLeft);
        KeySpec<TKey, TLeft> keys = _left.Spec;
        if (InProcessingTime)
        {
            if (LateLeft is not null)
            {
                throw new InvalidOperationException(
                    $"A temporal join as of processing time has no late records, but side output '{LateLeft}' asks for them; leave out "
                        + "SideOutputLeftLateData, or AsOfProcessingTime."
                );
            }

            TypeSerializer<TRight> version = TypeSerializers.For<TRight>();
            return TwoInputs.Add(
                _left,
                _versions,
                "TemporalJoin",
                () => new ProcessingTimeTemporalJoinOperator<TKey, TLeft, TRight, TOut>(spec, keys.Hasher, keys.Serializer, version),
                isStateful: true
            );
        }

        TypeSerializer<List<TimestampedValue<TLeft>>> left = TypeSerializers.For<List<TimestampedValue<TLeft>>>();
        TypeSerializer<List<TimestampedValue<TRight>>> versions = TypeSerializers.For<List<TimestampedValue<TRight>>>();
        return TwoInputs
            .Add(
                _left,
                _versions,
                "TemporalJoin",
                () => new TemporalJoinOperator<TKey, TLeft, TRight, TOut>(spec, keys.Hasher, keys.Serializer, left, versions),
                isStateful: true
            )
            .Writing<TLeft>(LateLeft);
    }
}
