namespace Millrace.State;

/// <summary>Says why a type cannot be a key, without naming the type that <c>KeyBy</c> was given.</summary>
internal sealed class UnfitKeyException(string reason, Exception? innerException = null) : Exception(reason, innerException);
