namespace Millrace.State;

/// <summary>Names a state and says what it holds. The name is the state's identity in checkpoints: keep it for the life of the job.</summary>
public abstract class StateDescriptor
{
    private protected StateDescriptor(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
    }

    /// <summary>Name of the state, unique in its operator.</summary>
    public string Name { get; }

    /// <summary>How values expire; <see langword="null"/> = never.</summary>
    public StateTtlConfig? Ttl { get; private set; }

    /// <summary>Lets values expire.</summary>
    /// <param name="ttl">How.</param>
    public void EnableTimeToLive(StateTtlConfig ttl)
    {
        ArgumentNullException.ThrowIfNull(ttl);
        Ttl = ttl;
    }
}
