namespace Millrace.Api;

/// <summary>A record of one of two streams, so that both can go into one window.</summary>
internal readonly record struct Tagged<T1, T2>(bool IsFirst, T1? First, T2? Second);
