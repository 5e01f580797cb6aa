namespace DiffusionX.Tests.Transport;

public enum LinkKind
{
    InMemory,
    Tcp,
    Tls,
    ThrottledInMemory,
    ThrottledTls,
}
