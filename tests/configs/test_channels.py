from configs.channels import CHANNELS


def test_the_channels_of_the_data_contract_and_mail_are_each_named_once() -> None:
    contract = {"email", "sms", "push", "app", "web", "phone", "chat", "social", "store"}
    assert set(CHANNELS) == contract | {"mail"}
    assert len(CHANNELS) == len(set(CHANNELS))
