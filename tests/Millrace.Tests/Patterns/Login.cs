namespace Millrace.Tests.Patterns;

/// <summary>An attempt to log in.</summary>
public sealed record Login(string User, bool Ok);
