using System.Runtime.CompilerServices;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.StateBackends;

/// <summary>A value and when it was last renewed, in processing time.</summary>
internal readonly record struct Expiring<T>(T Value, long RenewedAt);

internal sealed class ExpiringSerializer<T>(TypeSerializer<T> inner) : TypeSerializer<Expiring<T>>
{
    public override TypeSchema Schema { get; } =
        new(
            SchemaKinds.Struct,
            "expiring",
            [new TypeSchema.Field("renewedAt", TypeSerializers.For<long>().Schema), new TypeSchema.Field("value", inner.Schema)]
        );

    public override void Serialize(Expiring<T> value, DataWriter writer)
    {
        writer.WriteVarInt64(value.RenewedAt);
        inner.Serialize(value.Value, writer);
    }

    public override Expiring<T> Deserialize(ref DataReader reader)
    {
        long renewedAt = reader.ReadVarInt64();
        return new Expiring<T>(inner.Deserialize(ref reader), renewedAt);
    }

    public override TypeSerializer<Expiring<T>> ForWritten(TypeSchema written)
    {
        if (written.IsSameFormat(Schema))
        {
            return this;
        }

        return string.Equals(written.Name, Schema.Name, StringComparison.Ordinal) && written.Fields.Count == 2
            ? new ExpiringSerializer<T>(inner.ForWritten(written.Fields[1].Schema))
            : throw new StateMigrationException(
                $"It was written without time to live ('{written}') and is now declared with it, or the other way round; give the state a "
                    + "new name when its time to live is switched on or off."
            );
    }
}

/// <summary>Says what has expired and what to renew.</summary>
internal sealed class TtlClock(StateTtlConfig config, Func<long> now)
{
    private readonly long _timeToLive = (long)config.TimeToLive.TotalMilliseconds;

    public bool RenewsOnRead { get; } = config.UpdateType == TtlUpdateType.OnReadAndWrite;

    public bool ShowsExpired { get; } = config.Visibility == TtlVisibility.ReturnExpiredIfNotCleanedUp;

    public int EntriesPerAccess { get; } = config.CleanupEntriesPerAccess;

    public Expiring<T> Stamp<T>(T value) => new(value, now());

    public bool IsExpired(long renewedAt) => now() - renewedAt >= _timeToLive;

    /// <summary>Whether a value may be returned, after renewing it if reading does that.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsAlive<T>(ref Expiring<T> value)
    {
        if (IsExpired(value.RenewedAt))
        {
            return false;
        }

        if (RenewsOnRead)
        {
            value = Stamp(value.Value);
        }

        return true;
    }
}
