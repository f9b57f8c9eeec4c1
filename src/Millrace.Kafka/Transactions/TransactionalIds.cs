using System.Globalization;

namespace Millrace.Kafka.Transactions;

/// <summary>Names the transactional ids of a sink: <c>{prefix}-{task}-{slot}</c>.</summary>
internal sealed class TransactionalIds(string prefix)
{
    /// <summary>As many as checkpoints that complete one after the other need: one open, one prepared, one retained.</summary>
    internal const int UsualSlots = 3;

    /// <summary>The most that a task uses; more checkpoints in a row have failed than anybody should wait for.</summary>
    internal const int MaxSlots = 32;

    internal string Of(int task, int slot) => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{task}-{slot}");
}
