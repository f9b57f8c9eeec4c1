namespace Microsoft.Azure.Functions.Worker;

public abstract class TraceContext
{
    private static readonly Dictionary<string, string> Nothing = [];

    public abstract string TraceParent { get; }

    public abstract string TraceState { get; }

    public virtual IReadOnlyDictionary<string, string> Attributes => Nothing;

    public virtual IReadOnlyDictionary<string, string> Baggage => Nothing;
}
