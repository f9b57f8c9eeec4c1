using Millrace.Ledger;

namespace Millrace.Durable;

/// <summary>The outbox that the operation under way writes to.</summary>
internal sealed class OutboxTarget
{
    private ITaskOutput? _current;

    public ITaskOutput Current
    {
        get => _current ?? throw new InvalidOperationException("A task emitted a record outside of an operation.");
        set => _current = value;
    }
}
