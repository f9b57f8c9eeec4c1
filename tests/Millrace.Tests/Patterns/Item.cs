namespace Millrace.Tests.Patterns;

/// <summary>An event: a kind and a number.</summary>
public sealed record Item(string Key, char Kind, int Number)
{
    public override string ToString() => $"{Kind}{Number}";
}
