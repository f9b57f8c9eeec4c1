namespace Millrace.Serialization;

/// <summary>
/// Says under which name a member was kept in older state, so that the state can still be read after a rename. May be repeated. On a
/// positional record put it on the parameter with the target <c>property:</c>.
/// </summary>
/// <param name="name">The former name.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field, AllowMultiple = true)]
public sealed class RenamedFromAttribute(string name) : Attribute
{
    /// <summary>The former name.</summary>
    public string Name { get; } = name;
}
